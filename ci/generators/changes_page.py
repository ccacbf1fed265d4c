"""Writes docs/changes.md: for every setting what changing it later does, as the simulation says.

Each value is taken from the setting's own type: its default, its choices and its examples.
Usage: python -m ci.generators.changes_page
"""

import json
import types
import typing
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import msgspec

from ci.changes.before import Before
from ci.changes.known import OtherStacks
from ci.changes.preview import preview
from ci.changes.verdict import Verdict
from ci.generators.settings_table import peeled
from ci.model import Deployment
from ci.model.deployment import SUFFIX
from ci.project import HERE
from templates import settings_checks
from templates.render import render
from templates.settings import FILE_NAME, Environment

TARGET = HERE / "docs" / "changes.md"
Table = dict[str, Any]
BASE: Table = {"project": "awsome-books", "region": "us-east-1", "network.zones": ["us-east-1a", "us-east-1b"]}
# Text whose type says nothing of what else it could be.
EXAMPLES = {"network.cidr": "10.1.0.0/16", "database.instance_class": "db.t4g.small", "project": "other-books", "region": "eu-central-1"}
# Where a value needs others: in the first of these settings in which both values are allowed.
SURROUNDINGS: tuple[Table, ...] = (
    {},
    {"deployment.strategy": "rolling"},
    {"deployment.strategy": "linear"},
    {"encryption": "end_to_end", "certificate_domain": "books.example.org"},
    {"account.github_repository": "club/books"},
    {"database.instance_class": "db.m7g.large", "service.memory": 2048},
    {"database.instance_class": "db.m7g.large", "service.cpu": 2048, "service.memory": 8192},
)
# What goes with one value of a setting.
TOGETHER: dict[tuple[str, Any], Table] = {
    ("encryption", "end_to_end"): {"certificate_domain": "books.example.org"},
    ("region", "eu-central-1"): {"network.zones": ["eu-central-1a", "eu-central-1b"]},
}
# Of these the way into the network decides.
BY_INGRESS = ("encryption", "certificate_domain", "network.")
# From one name to another, where that is the change that people make.
RENAMED = {"certificate_domain": ("books.example.org", "shop.example.org"), "api.domain": ("api.example.org", "books.example.org")}
# There is one value; and another folder is another service, which is no change of this one.
LEFT_OUT = ("database.engine_version", "service.folder")
WORDS = {
    "fine": "fine",
    "interrupts": "interrupts requests",
    "irreversible": "cannot be undone",
    "leaves-orphans": "leaves something behind",
    "fails": "**never**",
}
HEAD = """\
# What changing a setting later does

Written by `make golden`: each row is the verdict of the [preview](preview.md) on the change of one setting, all others at their defaults or
as the row says. `python -m ci preview` says the same of your own change, with every resource that it touches.

| verdict | what it means |
|---|---|
| fine | requests are answered all the time, and nothing is lost |
| interrupts requests | requests fail from the step that the row names to the one that ends it |
| cannot be undone | something is lost, or grows for good |
| leaves something behind | something stays outside of the stacks, and costs or answers |
| never | AWS refuses it: the deployment fails, and is rolled back |
| in two steps | AWS refuses it unless the bootstrap is updated, or another image built, before |

A change that is not fine has to be allowed by name (`--allow`); what AWS refuses cannot be.

"""


class Row(NamedTuple):
    """A change of a setting: its key, both values, what else is set, what follows, and in how many steps it is possible."""

    key: str
    before: Any
    after: Any
    around: Table
    verdict: Verdict
    in_two_steps: bool = False


def text() -> str:
    """The page."""
    lines = ["| setting | change | verdict | why |", "|---|---|---|---|"]
    seen = set()
    for row in rows():
        # A larger number, or a smaller one, is said once for each verdict.
        if isinstance(row.before, int | float) and isinstance(row.after, int | float) and not isinstance(row.before, bool):
            same = (row.key, row.before < row.after, row.verdict.word)
            if same in seen:
                continue
            seen.add(same)
        around = "".join(f", with `{key} = {_plain(value)}`" for key, value in row.around.items() if key != row.key)
        word = "in two steps" if row.in_two_steps else WORDS[row.verdict.word]
        lines.append(f"| `{row.key}`{around} | {_shown(row.before)} → {_shown(row.after)} | {word} | {_why(row.verdict)} |")
    return HEAD + "\n".join(lines) + "\n"


def _why(verdict: Verdict) -> str:
    """What a verdict says; nothing where there is nothing to say."""
    more = len(verdict.culprits) - 1
    said = [] if verdict.word == "fine" else [f"{verdict.reason} ({verdict.step}{f'; and {more} more resources' if more else ''})."]
    # The command that goes with a sentence is the preview's.
    said += [sentence.partition(": aws ")[0].rstrip(".") + "." for sentence in verdict.first]
    return " ".join(said).replace("|", "\\|")


def rows() -> Iterator[Row]:
    """Every change of every setting."""
    for key, field in fields(Environment):
        for before, after in _pairs(key, field) if key not in LEFT_OUT else ():
            found = []
            for ingress in ({}, {"ingress": "alb"}) if key.startswith(BY_INGRESS) else ({},):
                both = (one | ingress for one in SURROUNDINGS)
                around = next((one for one in both if _allowed(key, before, one) and _allowed(key, after, one)), None)
                if around is not None:
                    found.append(_row(key, before, after, around))
            # The same for both ways in is said once.
            yield from found[:1] if len({row.verdict.word for row in found}) == 1 else found


def _row(key: str, before: Any, after: Any, around: Table) -> Row:
    old, new = (_deployed(json.dumps(_table(key, value, around), sort_keys=True)) for value in (before, after))
    if key in ("project", "region"):
        beside = OtherStacks(old, old.stack_name(old.templates["root"]), same_region=key != "region")
        found = preview(Before(Deployment({}, new.environment), "nothing", others=(beside,)), new, ())
        return Row(key, before, after, around, found.verdict)
    verdict = preview(Before(old, "before"), new, ()).verdict
    if verdict.word != "fails":
        return Row(key, before, after, around, verdict)
    # The stacks outside of the root are updated before, if it is not they that fail, and another image is given.
    failing = {label.partition(".")[0] for label in verdict.culprits} | {"root"}
    alone = {name for name, template in old.templates.items() if template.stack is None and name in new.templates} - failing
    raw = {name: (new if name in alone else old).templates[name].raw for name in old.templates}
    later = preview(Before(Deployment(raw, old.environment), "before"), new, (), {"ImageDigest"})
    return Row(key, before, after, around, verdict, later.verdict.word != "fails")


@cache
def _deployed(table: str) -> Deployment:
    environment = _environment(json.loads(table))
    return Deployment({file.removesuffix(SUFFIX): json.loads(found) for file, found in render(environment).items()}, environment)


def _table(key: str, value: Any, around: Table) -> Table:
    return BASE | {**around, key: value} | TOGETHER.get((key, value if isinstance(value, str) else None), {})


def _environment(table: Table) -> Environment:
    nested: Table = {}
    for key, value in table.items():
        *path, last = key.split(".")
        level = nested
        for part in path:
            level = level.setdefault(part, {})
        if value is not None:
            level[last] = value
    return msgspec.structs.replace(msgspec.convert(nested, Environment), name="prod")


def _allowed(key: str, value: Any, around: Table) -> bool:
    try:
        return not list(settings_checks.problems(_environment(_table(key, value, around))))
    except msgspec.ValidationError:
        return False


def fields(settings: type[msgspec.Struct], prefix: str = "") -> Iterator[tuple[str, msgspec.structs.FieldInfo]]:
    """Each setting's key and field; a table that can be left out is a setting itself."""
    for field in msgspec.structs.fields(settings):
        annotation = peeled(field.type)[0]
        if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
            yield from fields(annotation, f"{prefix}{field.encode_name}.")
        elif field.encode_name != FILE_NAME:
            yield f"{prefix}{field.encode_name}", field


def _pairs(key: str, field: msgspec.structs.FieldInfo) -> Iterator[tuple[Any, Any]]:
    """Values of a setting before and after."""
    if key in RENAMED:
        yield RENAMED[key]
    default = BASE.get(key, None if field.default is msgspec.NODEFAULT else field.default)
    if isinstance(default, tuple):
        default = list(default)
    for other in _others(key, field.type, default):
        yield default, other
        if key not in BASE or key == "network.zones":
            yield other, default


def _others(key: str, annotation: Any, default: Any) -> Iterator[Any]:
    """What a setting could be besides its default."""
    inner, metas = peeled(annotation)
    examples = [example for meta in metas for example in meta.examples or ()] or ([EXAMPLES[key]] if key in EXAMPLES else [])
    if typing.get_origin(inner) in (types.UnionType, typing.Union):
        part = next(part for part in typing.get_args(inner) if part is not type(None))
        yield from list(_others(key, part, default))[:1]
    elif key == "network.zones":
        zones = _examples(inner)
        yield from (zones, [zones[0], zones[2]])
    elif typing.get_origin(inner) is tuple:
        more = [example for example in _examples(inner) if example not in (default or [])]
        yield [*(default or []), *more[:1]] if more else default[:1]
    elif typing.get_origin(inner) is typing.Literal:
        choices = list(typing.get_args(inner))
        # Of numbers those beside it.
        near = choices[max(0, choices.index(default) - 1) :][:3] if isinstance(default, int) else choices
        yield from (choice for choice in near if choice != default)
    elif inner is bool:
        yield not default
    elif isinstance(inner, type) and issubclass(inner, msgspec.Struct):
        yield {one.encode_name: _example(one) for one in msgspec.structs.fields(inner) if one.required}
    elif inner in (int, float):
        lowest = next((meta.ge for meta in metas if meta.ge is not None), 1)
        yield from dict.fromkeys([*examples, default + 1, 2 * default] if default else examples or [lowest])
    else:
        yield from examples


def _example(field: msgspec.structs.FieldInfo) -> Any:
    _, metas = peeled(field.type)
    return next(example for meta in metas for example in meta.examples or ())


def _examples(annotation: Any) -> list[Any]:
    """The examples of a list's items."""
    _, metas = peeled(typing.get_args(annotation)[0])
    return [example for meta in metas for example in meta.examples or ()]


def _plain(value: Any) -> str:
    return json.dumps(value).replace('"', "")


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "set"
    return "unset" if value in (None, []) else f"`{_plain(value)}`"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
