"""The data that rules read is what its command makes."""

import pytest

from ci.generators import references
from facts.reference import FOLDER

MADE = dict(references.texts())


@pytest.mark.parametrize("name", sorted(MADE))
def test_what_is_known_of_the_references_is_what_cfn_lint_ships(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == MADE[name], "make golden writes it"
