"""`make demo`: a region on this machine, the service in it, and a tour of what one does with it."""

import os
import sys
from collections.abc import Sequence

from local.demo import Demo, DemoError
from local.project import ROOT
from local.seed import seed
from local.tour import Step, deployment, steps
from local.watch import Watch

FOLDER = ROOT / ".local" / "demo"
PORT = "8000"


def main() -> int:
    """Run until the tour is over or interrupted; the exit status."""
    port = os.environ.get("PORT", PORT)
    try:
        if not (port.isdecimal() and 0 < int(port) < 65536):
            raise DemoError(f"{port} is not a port: name one from 1 to 65535, such as PORT=8001 make demo")
        _say("A region is started on this machine, with a copy of this project in it.")
        with Demo(FOLDER, int(port)) as demo:
            _say(f"Tasks are {'containers of your Docker engine' if demo.engine == 'docker' else 'processes: no Docker engine is needed'}.")
            _deploy(demo)
            _lead(demo, steps(demo))
    except DemoError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    _say("The region is gone. What it wrote is in .local/demo.")
    return 0


def _deploy(demo: Demo) -> None:
    for step in deployment(demo):
        _say(f"\n# {step.title}: {step.text}")
        for command in step.commands:
            _say(f"$ {command}")
            if bool(demo.run(command)) != (command in step.failing):
                raise DemoError(f"That was not to be expected; {demo.folder / 'region.log'} may say why.")
    seed(demo)


def _lead(demo: Demo, tour: Sequence[Step]) -> None:
    _say(f"\nThe API answers: {demo.url} and {demo.url}docs\n\nIn another terminal, first:\n\n{demo.exports()}")
    _say(f"which is also:  . {demo.folder / 'variables'}\n")
    for number, step in enumerate(tour, 1):
        _say(f"# {number} of {len(tour)}: {step.title}\n{step.text}\n")
        _say("\n".join(f"  {command}" for command in step.commands))
        _say("\nBelow is what users see meanwhile. Enter: the next step. Ctrl-C: the end.")
        watch = Watch(demo, _say)
        try:
            sys.stdin.readline()
        finally:
            watch.stop()


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
