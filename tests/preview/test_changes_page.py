"""The page about changes is what the simulation says."""

from ci.generators import changes_page
from templates.settings import Environment


def test_the_page_is_current() -> None:
    assert changes_page.TARGET.read_text() == changes_page.text(), "make golden writes it anew"


def test_every_setting_is_in_it() -> None:
    page = changes_page.TARGET.read_text()
    missing = [key for key, _ in changes_page.fields(Environment) if f"| `{key}`" not in page]
    assert missing == list(changes_page.LEFT_OUT)
