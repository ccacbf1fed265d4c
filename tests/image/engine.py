"""A Docker engine: one of our own where this user may start it, else the one that answers."""

import os
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
import trustme

INSTALL = "apt-get install docker.io docker-registry skopeo mmdebstrap"
TOOLS = ("dockerd", "docker", "unshare", "nsenter")


class Engine:
    """Runs `docker`, and what else needs to see the names and authorities that the engine sees."""

    def __init__(self, hosts: Mapping[str, str]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="books-engine-"))
        # Debian's client before others: it needs no plugin to build.
        self.env = os.environ | {"PATH": f"/usr/bin:/usr/sbin:{os.environ['PATH']}", "DOCKER_CONFIG": str(self.folder / "config")}
        self.authority = trustme.CA()
        self.process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0 and not missing(*TOOLS):
            self._start("".join(f"{address} {host}\n" for host, address in hosts.items()))
        elif missing("docker") or subprocess.run(["docker", "info"], env=self.env, check=False, capture_output=True).returncode:
            pytest.skip(f"no Docker engine answers, and starting one takes root and {' '.join(TOOLS)}: {INSTALL}")

    def _start(self, names: str) -> None:
        """In a mount namespace of its own, so that it can have an /etc/hosts and authorities of its own."""
        (self.folder / "data-root").mkdir()
        (self.folder / "hosts").write_text(f"{Path('/etc/hosts').read_text()}\n{names}")
        known = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
        authorities = self.folder / "authorities.pem"
        authorities.write_bytes((Path(known).read_bytes() if known else b"") + self.authority.cert_pem.bytes())
        self.env |= {"DOCKER_HOST": f"unix://{self.folder}/docker.sock", "SSL_CERT_FILE": str(authorities)}
        folders = [f"--{name}={self.folder}/{name}" for name in ("data-root", "exec-root", "pidfile")]
        options = ["--bridge=none", "--iptables=false", f"--host={self.env['DOCKER_HOST']}", *folders]
        # Images in memory: on a disk their removal alone may take a minute.
        script = 'mount --bind "$0/hosts" /etc/hosts && mount -t tmpfs tmpfs "$0/data-root" && exec dockerd "$@"'
        command = ["unshare", "--mount", "sh", "-c", script, str(self.folder), *options]
        log = self.folder / "log"
        with log.open("wb") as output:
            self.process = subprocess.Popen(command, env=self.env, stdout=output, stderr=output)
        deadline = time.monotonic() + 30
        while subprocess.run(["docker", "info"], env=self.env, check=False, capture_output=True).returncode:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                pytest.fail(f"dockerd did not start: {log.read_text()[-2000:]}")
            time.sleep(0.1)

    def run(self, *command: str, check: bool = True, given: str | None = None, **env: str) -> "subprocess.CompletedProcess[str]":
        """Run a command; where it fails, say what it said."""
        result = subprocess.run(command, env=self.env | env, input=given, check=False, capture_output=True, text=True)
        assert not check or result.returncode == 0, f"{' '.join(command)}: {result.stdout}{result.stderr}"
        return result

    def docker(self, *arguments: str, check: bool = True) -> str:
        """What docker prints."""
        result = self.run("docker", *arguments, check=check)
        return (result.stdout if check else result.stdout + result.stderr).strip()

    def inside(self, command: Sequence[str], folder: Path | None = None) -> list[str]:
        """The command in the engine's namespace."""
        if not self.process:
            pytest.skip(f"an engine of our own takes root and {' '.join(TOOLS)}: {INSTALL}")
        return ["nsenter", f"--target={self.process.pid}", "--mount", f"--wd={folder or Path.cwd()}", *command]

    def name(self, host: str, address: str) -> None:
        """Let a name lead somewhere, in the engine's namespace."""
        with (self.folder / "hosts").open("a") as hosts:
            hosts.write(f"{address} {host}\n")

    def stop(self) -> None:
        """Stop it, and remove all that it made."""
        if self.process:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


def missing(*tools: str) -> list[str]:
    """Which of them are not on this machine."""
    return [tool for tool in tools if not shutil.which(tool, path=f"/usr/bin:/usr/sbin:{os.environ['PATH']}")]
