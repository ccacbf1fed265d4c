#!/usr/bin/env python3
"""Renders the settings in environments/ into CloudFormation templates in output/."""

import gc

# A short run needs no collector; it costs a tenth of the time.
gc.disable()

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

try:
    from facts import FactsError
    from templates import settings_checks
    from templates.errors import RenderingError, SettingsError
    from templates.render import render
    from templates.settings_file import load
except ModuleNotFoundError as missing:
    print(f"{missing.name} is not installed for this Python. Next: make setup, then .venv/bin/python generate.py", file=sys.stderr)
    raise SystemExit(2) from None

HERE = Path(__file__).parent
SETTINGS = HERE / "environments"
EXAMPLES = """\
examples:
  python generate.py                  render every environment
  python generate.py prod             render environments/prod.toml alone
  python generate.py --check          write nothing; exit 1 and show the difference where output/ is out of date
  python generate.py --output DIR     write somewhere else

exit status: 0 done; 1 --check found a difference; 2 the settings cannot be used (nothing was written)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.output.exists() and not options.output.is_dir():
        parser.error(f"argument --output: {options.output} is not a folder; name one, or a path where one can be made")
    try:
        rendered = _render(options.environments, options.output)
        before = {path: path.read_text(encoding="utf-8", errors="replace") if path.exists() else None for path in rendered}
        if options.check:
            return _check(before, rendered)
        _write({path: text for path, text in rendered.items() if text != before[path]})
    except (RenderingError, FactsError, OSError) as error:
        sentence = (
            f"{error.filename or options.output}: {error.strerror}; correct that, then again." if isinstance(error, OSError) else error
        )
        print(f"{sentence}\nNothing was written.", file=sys.stderr)
        return 2
    _tell(before, rendered)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Render the settings in environments/ into CloudFormation templates in output/, one folder an environment.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "environments", nargs="*", metavar="ENVIRONMENT", help="a name from environments/, without .toml; none: all of them"
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 and show a diff where the output is out of date")
    parser.add_argument("--output", type=Path, default=_relative(HERE / "output"), metavar="DIR", help="the folder to write to (output)")
    return parser


def _render(chosen: Sequence[str], output: Path) -> dict[Path, str | None]:
    """The text of every file, or None for one that has to go; raises RenderingError."""
    files = {path.stem: path for path in sorted(SETTINGS.glob("*.toml"))}
    if not files:
        raise SettingsError(f"{_relative(SETTINGS)}/ has no settings file that can be read; put one there, such as dev.toml.")
    if missing := [name for name in chosen if name not in files]:
        raise SettingsError(f"There is no environments/{missing[0]}.toml; there are: {', '.join(files) or 'none'}.")
    rendered: dict[Path, str | None] = {}
    for name in chosen or files:
        environment = load(_relative(files[name]))
        for problem in settings_checks.warnings(environment):
            print(f"warning: {_relative(files[name])}: {problem.key}: {problem.sentence}", file=sys.stderr)
        rendered |= {output / name / file: text for file, text in render(environment).items()}
    # A folder with a root template was rendered, and what it has beside these is of layers or settings that are gone.
    standing = [root.parent for root in sorted(output.glob("*/root.template.json")) if not chosen or root.parent.name in chosen]
    gone = {path for folder in standing for path in folder.glob("*.template.json")} - rendered.keys()
    return rendered | dict.fromkeys(sorted(gone))


def _check(before: Mapping[Path, str | None], rendered: Mapping[Path, str | None]) -> int:
    import difflib  # noqa: PLC0415 rendering does not need it

    stale = 0
    for path, text in rendered.items():
        if before[path] != text:
            stale += 1
            now, then = (before[path] or "").splitlines(), (text or "").splitlines()
            print("\n".join(difflib.unified_diff(now, then, f"{path} (now)", f"{path} (rendered)", lineterm="")))
    if stale:
        print(f"{stale} of {len(rendered)} templates are out of date. Next: python generate.py, and commit output/.", file=sys.stderr)
        return 1
    print(f"All {len(rendered)} templates are what the settings say.", file=sys.stderr)
    return 0


def _write(changed: Mapping[Path, str | None]) -> None:
    """All of it or nothing: what can fail comes before the first file is exchanged."""
    written: dict[Path, Path] = {}
    try:
        for path, text in changed.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            written[path] = path.with_suffix(".tmp")
            written[path].write_text(text or "", encoding="utf-8", newline="\n")
    except OSError:
        for temporary in written.values():
            temporary.unlink(missing_ok=True)
        raise
    for path, temporary in written.items():
        temporary.replace(path)
        if changed[path] is None:
            path.unlink()


def _tell(before: Mapping[Path, str | None], rendered: Mapping[Path, str | None]) -> None:
    for path, text in rendered.items():
        if text is None:
            print(f"{path}  removed")
            continue
        state = "unchanged" if before[path] == text else "new" if before[path] is None else "changed"
        resources = text.count('\n   "Type": "AWS::')
        print(f"{path}  {resources} resources  {len(text.encode())} bytes  {state}")
    print("Next: make lint verify, then python -m ci preview, which shows what a deployment would do.", file=sys.stderr)


def _relative(path: Path) -> Path:
    """The path as the user would type it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


if __name__ == "__main__":
    status = main()
    # What is left need not be looked through one by one.
    gc.freeze()
    sys.exit(status)
