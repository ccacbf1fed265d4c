"""The workflows, and the steps of their own that they share."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import tree_sitter_bash
import yaml
from tree_sitter import Language, Node, Parser

SHELL = Parser(Language(tree_sitter_bash.language()))
ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted((GITHUB / "actions").glob("*/action.yml"))


class Script(NamedTuple):
    """A `run:` block, and what of the environment it is given."""

    text: str
    env: frozenset[str]


def read(path: Path) -> dict[str, Any]:
    """A workflow, or an action."""
    # YAML 1.1 takes the key `on` for true.
    loaded: dict[str, Any] = {
        "on" if key is True else key: value for key, value in yaml.safe_load(path.read_text(encoding="utf-8")).items()
    }
    return loaded


def steps(path: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each step, and what it is a step of: a job, or an action's `runs`."""
    loaded = read(path)
    for holder in loaded["jobs"].values() if "jobs" in loaded else [loaded["runs"]]:
        for step in holder["steps"]:
            yield step, holder


def scripts(path: Path) -> list[Script]:
    """Every `run:` block."""
    return [
        Script(step["run"], frozenset({**holder.get("env", {}), **step.get("env", {})})) for step, holder in steps(path) if "run" in step
    ]


def commands(script: str) -> list[list[str]]:
    """Each simple command of a script, also inside of `$(...)`: its words, without quotes around them."""
    tree = SHELL.parse(script.encode())
    assert not tree.root_node.has_error, script
    return [words for node in _below(tree.root_node) if node.type == "command" and (words := _words(node))]


def _below(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _below(child)


def _words(command: Node) -> list[str]:
    parts = (part for part in command.named_children if part.type not in ("variable_assignment", "file_redirect"))
    return [part.text.decode().strip("\"'") for part in parts if part.text]
