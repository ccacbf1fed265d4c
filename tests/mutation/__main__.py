"""Asks every gate about every fault, and writes docs/mutation.md.

Usage: python -m tests.mutation
"""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.deployments import ROOT
from tests.mutation import gates
from tests.mutation.faults import faults
from tests.mutation.report import OURS, Asked, page
from tests.verify.effects import effect

PAGE = ROOT / "docs" / "mutation.md"


def main() -> None:
    """Ask them one after the other, each on every processor."""
    with TemporaryDirectory() as folder:
        every = list(faults(Path(folder)))
        started = time.monotonic()
        asked = [Asked(OURS, "", gates.caught(every))]
        for name, (version, objections) in gates.others().items():
            print(f"{len(every)} faults; {time.monotonic() - started:.0f} s; now {name} {version}", file=sys.stderr)
            asked.append(Asked(name, version, gates.ask(every, objections)))
    text = page(every, [effect(fault.mutant).does for fault in every], asked, f"{datetime.now(UTC):%Y-%m-%d}")
    PAGE.write_text(text, encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}; {time.monotonic() - started:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
