"""A terminal of our own: a command runs on a real pseudo-terminal, and what it writes becomes a screen."""

import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Callable, Sequence

import pyte

from tests.deployment.dev import ROOT


class Terminal:
    """A command on a screen of so many columns and lines."""

    def __init__(self, command: Sequence[str], columns: int, lines: int, **environment: str) -> None:
        self.screen = pyte.Screen(columns, lines)
        self.written = b""
        self._stream = pyte.ByteStream(self.screen)
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"TERM": "xterm-256color"} | environment,
            # Its controlling terminal, so that keys reach it.
            preexec_fn=lambda: os.login_tty(theirs),  # noqa: PLW1509 nothing else runs here
        )
        os.close(theirs)

    def press(self, keys: bytes) -> None:
        """As at the keyboard."""
        os.write(self._ours, keys)

    def until(self, there: Callable[[str], bool]) -> str:
        """Wait until the screen is so, or the command has ended; what is on it."""
        while not there(self.text) and self._read():
            pass
        return self.text

    def end(self) -> int:
        """Wait for the end; the exit status."""
        while self._read():
            pass
        os.close(self._ours)
        return self._process.wait()

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def _read(self) -> bool:
        try:
            found = os.read(self._ours, 65536)
        except OSError:
            # So Linux says that nobody has the other end any more.
            return False
        self.written += found
        self._stream.feed(found)
        return bool(found)
