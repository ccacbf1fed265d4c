"""Reads a folder's rendered templates."""

from pathlib import Path
from typing import Any, Required, TypedDict

import msgspec

from ci.model.deployment import SUFFIX, Deployment
from templates.settings import Environment


class UnusableInputError(Exception):
    """There is nothing to read, or it is no template; the message says what and what to do."""


class MetadataShape(TypedDict, total=False):
    """What a resource says of itself; the rules that it suppresses, each with the reason."""

    Verify: dict[str, Any]


class ResourceShape(TypedDict, total=False):
    """What a resource has to be for anything else to be read."""

    Type: Required[str]
    Properties: dict[str, Any]
    Metadata: MetadataShape
    DependsOn: str | list[str]


class Shape(TypedDict, total=False):
    """What a template has to be for anything else to be read."""

    Description: str
    Parameters: dict[str, dict[str, Any]]
    Resources: Required[dict[str, ResourceShape]]
    Outputs: dict[str, dict[str, Any]]


def environments(output: Path) -> list[str]:
    """The environments that are rendered in this folder; raises UnusableInputError."""
    found = sorted(path.parent.name for path in output.glob(f"*/root{SUFFIX}"))
    if not found:
        raise UnusableInputError(f"{output}: there are no rendered templates; render them first: python generate.py")
    return found


def load(folder: Path, environment: Environment) -> Deployment:
    """Read the templates of a folder; raises UnusableInputError."""
    texts = {path.name.removesuffix(SUFFIX): path for path in sorted(folder.glob(f"*{SUFFIX}"))}
    if "root" not in texts:
        raise UnusableInputError(f"{folder}: there is no root{SUFFIX}; render the environment first: python generate.py {folder.name}")
    templates, sizes = {}, {}
    for name, path in texts.items():
        try:
            content = path.read_bytes()
        except OSError as error:
            raise UnusableInputError(f"{path}: this cannot be read: {error}.") from None
        templates[name] = decoded(content, str(path))
        sizes[name] = len(content)
    return Deployment(templates, environment, sizes)


def decoded(content: bytes, title: str) -> dict[str, Any]:
    """The template of a file; raises UnusableInputError."""
    try:
        template = msgspec.json.decode(content, type=dict[str, Any])
        msgspec.convert(template, Shape)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UnusableInputError(f"{title}: this is not a template that can be read: {error}; render it anew.") from None
    return template
