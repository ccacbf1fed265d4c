"""What the README says is so."""

import re

from ci.generators import costs_table, settings_table
from tests.settings import ROOT

README = (ROOT / "README.md").read_text()


def test_the_table_of_settings_is_the_one_of_the_types() -> None:
    assert settings_table.inserted(README) == README, "make golden writes it anew"


def test_the_table_of_costs_is_the_one_of_the_templates() -> None:
    assert costs_table.inserted(README) == README, "make golden writes it anew"


def test_every_link_leads_to_a_file() -> None:
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        # What is code is no link.
        text = re.sub(r"`[^`\n]*`", "", page.read_text())
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
            assert (page.parent / link).exists(), f"{page}: {link}"
