"""What rendering costs beyond its floor: the same interpreter importing the same troposphere and awacs modules, then exiting.

Each round runs the commands in turn, so that a machine whose speed drifts slows all of them; the ratios are taken round by round.
Usage: python -m benchmarks.rendering
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median

ROOT = Path(__file__).parents[1]
ROUNDS = 15
FURTHER = 10
LIBRARIES = ("troposphere", "awacs")


def milliseconds(folder: Path, *arguments: str) -> float:
    """The processor time of a whole process, user and system."""
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], cwd=folder, check=True, capture_output=True)
    after = getrusage(RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def floor() -> str:
    """The code that imports what rendering imports of the libraries, and nothing else."""
    code = "import sys, templates.render; print(*(name for name in sys.modules))"
    names = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    return "import " + ", ".join(sorted(name for name in names if name.partition(".")[0] in LIBRARIES))


def copy(folder: Path, environments: int) -> Path:
    """The project with the shipped environments and so many further ones."""
    for name in ("facts", "templates", "environments", "books_api", "generate.py"):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, target)
    for number in range(environments):
        shutil.copy(folder / "environments" / "prod.toml", folder / "environments" / f"prod{number}.toml")
    milliseconds(folder, "generate.py")
    return folder


def main() -> None:
    """Print the table."""
    imports = floor()
    with tempfile.TemporaryDirectory() as scratch:
        shipped, more = copy(Path(scratch) / "shipped", 0), copy(Path(scratch) / "more", FURTHER)
        rounds = []
        for number in range(ROUNDS):
            print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
            rounds.append((milliseconds(shipped, "-c", imports), milliseconds(shipped, "generate.py"), milliseconds(more, "generate.py")))
    columns = list(zip(*rounds, strict=True))
    print("| whole process, processor time | median | goal |\n|---|---|---|")
    print(f"| floor: Python, troposphere and awacs imported | {median(columns[0]):.0f} ms | |")
    print(f"| `python generate.py`, the shipped environments | {median(columns[1]):.0f} ms | |")
    print(f"| ratio to the floor | {median(full / least for least, full, _ in rounds):.2f} | at most 2 |")
    print(f"| each further environment | {median((many - full) / FURTHER for _, full, many in rounds):.1f} ms | at most 15 ms |")


if __name__ == "__main__":
    main()
