"""Asks the gates about a copy of the project with a change in it, and about each fault of the change.

Usage, in the copy, whose modules it imports: python -m tests.changes.gates gates|faults CHANGE PROJECT
The answer goes to stdout, as JSON.
"""

import contextlib
import io
import json
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import msgspec

from tests.changes import corpus
from tests.changes.corpus import Edit
from tests.changes.faults import Finding, Templates, broken

HERE = Path.cwd()
Result = TypeVar("Result")


class Preview(msgspec.Struct):
    """What `python -m ci preview --format json` says of an environment: exit status, refusals, and what the change opens."""

    status: int
    said: str
    # Types, grants, flows and names that were not there before.
    new: dict[str, list[str]] = {}


class Answer(msgspec.Struct):
    """What the gates say of a change."""

    # The sentence with which the rendering stops.
    stopped: str = ""
    # The templates that differ from those of the project, or are new.
    changed: list[str] = []
    lint: list[str] = []
    verify: list[Finding] = []
    # Of each changed environment.
    preview: dict[str, Preview] = {}
    # What is said where no picture can be drawn.
    pictures: str = ""


class Outcome(msgspec.Struct):
    """What comes of a fault: the sentence with which the rendering stops, or what is found that is not found without it."""

    stopped: str = ""
    found: list[Finding] = []


def gates(project: Path) -> Answer:
    """Render, and ask all gates about what has changed."""
    refer()
    if stopped := rendered():
        return Answer(stopped)
    templates = sorted(path for path in HERE.glob("output/*/*.json") if differs(path, project))
    environments = sorted({path.parent.name for path in templates})
    return Answer(
        changed=[str(path.relative_to(HERE)) for path in templates],
        lint=list(linted(templates, project)),
        verify=[found for name in environments for found in verified(name, _read(name))],
        preview={name: previewed(name, project) for name in environments},
        pictures=drawn(environments),
    )


def faults(change: str) -> list[Outcome]:
    """Put in the faults one by one, in the environment that has the change."""
    own = [Path(file).stem for file in corpus.edited(change) if file.startswith("environments/")]
    name = own[0] if own else "dev"
    every = corpus.faults(change)
    apart(refer)
    # The sources first: what this process has imported it would not read again.
    edited = {index: apart(_edited, name, fault.edit, 1_000_000_000 + index) for index, fault in enumerate(every) if fault.edit}
    base = set(apart(_fresh, name).found)
    templates = _templates(name)
    outcomes = [edited.get(index) or Outcome(found=verified(name, broken(templates, fault))) for index, fault in enumerate(every)]
    for outcome in outcomes:
        outcome.found = [found for found in outcome.found if found not in base]
    return outcomes


def refer() -> None:
    """Add what AWS's references say of the types in this copy: as `make golden` does, but of its environments as they are."""
    from ci.generators import references  # noqa: PLC0415 of the copy, and only here
    from ci.project import SETTINGS  # noqa: PLC0415
    from facts import reference  # noqa: PLC0415
    from templates import settings_file  # noqa: PLC0415

    shipped = [settings_file.load(path) for path in sorted(SETTINGS.glob("*.toml"))]
    with patch.object(references, "variants", lambda: shipped):
        # Permissions first, without which the bootstrap layer cannot be rendered.
        for make in (references.permissions, references.schemas, references.authorization):
            path = reference.FOLDER / f"{make.__name__}.json"
            path.write_text(json.dumps(_merged(json.loads(path.read_text()), make())))
            for cached in (reference.permissions, reference.schema, reference.authorization, reference._file):
                cached.cache_clear()


def rendered() -> str:
    """Render all environments into output/; what it says where it stops."""
    import generate  # noqa: PLC0415 of the copy

    said = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        status = generate.main([])
    return said.getvalue() if status else ""


def differs(path: Path, project: Path) -> bool:
    """Whether a rendered template is not as in the project."""
    before = project / path.relative_to(HERE)
    return not before.exists() or before.read_bytes() != path.read_bytes()


def linted(templates: list[Path], project: Path) -> Iterator[str]:
    """What the gates of others say of these; what they found clean once, here or in the project, they are not asked again."""
    from ci.gates import GATES, memory  # noqa: PLC0415 of the copy

    for gate in GATES:
        found, _ = memory.findings(gate, templates, project / ".lint_cache")
        yield from (f"{gate.NAME} {each.template.name} {each.where}: {each.rule} {each.sentence}" for each in found)


def verified(name: str, templates: Templates) -> list[Finding]:
    """What `python -m ci verify` finds in an environment."""
    from ci.model import Deployment  # noqa: PLC0415 of the copy
    from ci.rules import discover  # noqa: PLC0415
    from ci.verification import verify  # noqa: PLC0415
    from templates import settings_file  # noqa: PLC0415

    deployment = Deployment(templates, settings_file.load(HERE / "environments" / f"{name}.toml"))
    report = verify(deployment, discover())
    return [
        Finding(rule.id, rule.severity, getattr(found.where, "label", getattr(found.where, "name", "-")), found.sentence)
        for rule, found in report.found
    ]


def previewed(name: str, project: Path) -> Preview:
    """What `python -m ci preview` says, compared with the project."""
    from ci.commands import preview  # noqa: PLC0415 of the copy

    report, progress = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(report), contextlib.redirect_stderr(progress):
        status = preview.main([name, "--against", str(project / "output"), "--format", "json"])
    shown = json.loads(report.getvalue() or "[{}]")
    return Preview(status, f"{progress.getvalue()} {shown[0].get('refused')}", shown[0].get("new", {}))


def drawn(names: list[str]) -> str:
    """What `python -m ci draw` says where it fails."""
    from ci.commands import draw  # noqa: PLC0415 of the copy

    said = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        status = draw.main(names)
    return said.getvalue() if status else ""


def apart(function: Callable[..., Result], *arguments: Any) -> Result:
    """Call in a process that has imported nothing of the copy yet."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
        return pool.submit(function, *arguments).result()


def _edited(name: str, edit: Edit, time: int) -> Outcome:
    path = HERE / edit.file
    before = path.read_text(encoding="utf-8")
    if before.count(edit.old) != 1:
        raise ValueError(f"{edit.file} has {edit.old} {before.count(edit.old)} times")
    try:
        path.write_text(before.replace(edit.old, edit.new), encoding="utf-8")
        # Python compiles a source again by its size and its second.
        os.utime(path, (time, time))
        return _fresh(name)
    finally:
        path.write_text(before, encoding="utf-8")


def _fresh(name: str) -> Outcome:
    from facts import FactsError  # noqa: PLC0415 of the copy
    from templates.errors import RenderingError  # noqa: PLC0415

    try:
        return Outcome(found=verified(name, _templates(name)))
    except (RenderingError, FactsError) as error:
        return Outcome(stopped=str(error))


def _templates(name: str) -> Templates:
    from templates import settings_file  # noqa: PLC0415 of the copy
    from templates.render import render  # noqa: PLC0415

    texts = render(settings_file.load(HERE / "environments" / f"{name}.toml"))
    return {file.removesuffix(".template.json"): json.loads(text) for file, text in texts.items()}


def _read(name: str) -> Templates:
    return {path.name.removesuffix(".template.json"): json.loads(path.read_text()) for path in (HERE / "output" / name).glob("*.json")}


def _merged(old: Any, new: Any) -> Any:
    """Both, of dictionaries and lists at every depth."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {key: _merged(old[key], new[key]) if key in old and key in new else {**old, **new}[key] for key in {**old, **new}}
    if isinstance(old, list) and isinstance(new, list):
        return old + [item for item in new if item not in old]
    return new


if __name__ == "__main__":
    what, change, project = sys.argv[1:]
    answer = gates(Path(project)) if what == "gates" else faults(change)
    sys.stdout.buffer.write(msgspec.json.encode(answer))
