"""Writes the list of verify's rules into docs/verify.md, from the rules.

Usage: python -m ci.generators.rule_list
"""

from pathlib import Path

from ci.verification import all_rules

DOCUMENT = Path(__file__).parents[2] / "docs" / "verify.md"
HEADING = "## The rules\n\n"


def inserted(document: str) -> str:
    """The document with the list as it should be; the list is its last section."""
    before, _, _ = document.partition(HEADING)
    lines = (f"- **{rule.id}** ({rule.severity}): {rule.sentence} {rule.why} [Source]({_link(rule.source)})\n" for rule in all_rules())
    return before + HEADING + "".join(lines)


def _link(source: str) -> str:
    return "#suppressing-a-finding" if source == "docs/verify.md" else source.removeprefix("docs/")


if __name__ == "__main__":
    DOCUMENT.write_text(inserted(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
