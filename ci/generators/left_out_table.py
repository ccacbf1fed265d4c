"""Writes into docs/verify.md what is left out of the other gates, with the reasons, from where these stand.

Usage: python -m ci.generators.left_out_table
"""

from collections.abc import Iterator

from ci.gates import GATES
from ci.generators.rule_list import DOCUMENT
from templates.accepted import ACCEPTED

BEGIN, END = "<!-- left out: begin (make golden) -->\n", "<!-- left out: end -->\n"


def inserted(text: str) -> str:
    """The document with the table in its place."""
    before, _, rest = text.partition(BEGIN)
    lines = ("| gate | rule | of | why it is left out |\n", "|---|---|---|---|\n", *_rows())
    return f"{before}{BEGIN}{''.join(lines)}{END}{rest.partition(END)[2]}"


def _rows() -> Iterator[str]:
    for gate in GATES:
        yield from (f"| {gate.NAME} | {each.rule} | `{each.where}` | {each.reason} |\n" for each in gate.LEFT_OUT)
    for each in sorted(ACCEPTED, key=lambda accepted: accepted.check):
        yield f"| checkov | {each.check} | `{each.type.resource_type}` | {each.reason} |\n"


if __name__ == "__main__":
    DOCUMENT.write_text(inserted(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
