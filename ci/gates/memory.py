"""Which templates a gate found clean: what it says of the same content, by the same rules, it need not be asked again.

Only what was clean is remembered: a finding is found anew each time, and a memory that is damaged forgets.
"""

import contextlib
import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ci.gates.gate import Found, Gate

# The types whose answer depends on other files too.
NESTING = (b"AWS::CloudFormation::Stack", b"AWS::Serverless::Application")


def findings(gate: Gate, templates: Sequence[Path], memory: Path) -> tuple[list[Found], int]:
    """What a gate says, and of how many templates it was asked; `memory` is the file that keeps the digests of the clean ones."""
    fingerprint = gate.fingerprint()
    digests = {template: _digest(fingerprint, template) for template in templates} if fingerprint else {}
    known = _read(memory)
    asked = [template for template in templates if digests.get(template) not in known]
    found = gate.findings(asked) if asked else []
    unclean = {each.template for each in found}
    # A finding without a template could be about any of them.
    if fingerprint and unclean <= set(asked):
        # What was changed while the gate read it is not what the digest stands for.
        clean = {template: digests[template] for template in asked if template not in unclean}
        _add(memory, [digest for template, digest in clean.items() if _digest(fingerprint, template) == digest])
    return sorted(found), len(asked)


def _digest(fingerprint: str, template: Path) -> str | None:
    """Of all that the gate's answer depends on; None where that cannot be told."""
    try:
        content = template.read_bytes()
        parts = [fingerprint.encode(), content]
        if any(kind in content for kind in NESTING) or b"\\u" in content:
            for text in _texts(json.loads(content)):
                parts += text.encode(), _content(template.parent / text)
    except (OSError, ValueError):
        return None
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for each in node.values() if isinstance(node, dict) else node:
            yield from _texts(each)


def _content(path: Path) -> bytes:
    """Of a template that is nested; a text that is no path of one has none."""
    try:
        return path.read_bytes()
    except (OSError, ValueError):
        return b"absent"


def _read(memory: Path) -> set[str | None]:
    try:
        return set(memory.read_text(encoding="ascii", errors="replace").split())
    except OSError:
        return set()


def _add(memory: Path, digests: Sequence[str | None]) -> None:
    # Where it cannot be written, the gates are asked again next time.
    with contextlib.suppress(OSError), memory.open("a", encoding="ascii") as file:
        # The first line ends one that was cut off.
        file.write("".join(f"{digest}\n" for digest in ("", *filter(None, digests))))
