"""What follows from the corpus is up to date, and a refresh never changes what a change means."""

from pathlib import Path

import pytest

from tests.changes import corpus, refresh
from tests.changes.corpus import FOLDER, MisfitError


@pytest.mark.parametrize("name", corpus.names())
def test_the_edits_are_written_with_the_lines_of_today(name: str) -> None:
    kept = FOLDER / name / "edits.diff"
    assert refresh.refreshed(name) == (kept.read_text() if kept.exists() else None), "make golden writes it"


def test_contributing_shows_the_examples_and_the_table_as_they_are() -> None:
    text = refresh.PAGE.read_text()
    assert {found["name"] for found in refresh.PLACE.finditer(text)} == {"cache", "orders", "worker"}
    assert refresh.page(text) == text, "make golden writes it"


def test_an_edit_finds_its_place_though_the_lines_before_it_are_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project in which a line was added above."""
    corpus.touched("values", tmp_path / "project")
    settings = tmp_path / "project" / "environments" / "dev.toml"
    settings.write_text("# One line more.\n" + settings.read_text())
    monkeypatch.setattr(corpus, "ROOT", tmp_path / "project")
    before, after = (FOLDER / "values" / "edits.diff").read_text(), refresh.refreshed("values")
    assert after and after != before
    assert [line for line in after.splitlines() if line[0] in "+-"] == [line for line in before.splitlines() if line[0] in "+-"]


def test_an_edit_whose_place_is_gone_is_refused_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus.touched("values", tmp_path / "project")
    settings = tmp_path / "project" / "environments" / "dev.toml"
    settings.write_text(settings.read_text().replace("log_days = 7", "log_days = 30"))
    monkeypatch.setattr(corpus, "ROOT", tmp_path / "project")
    with pytest.raises(MisfitError, match=r"edits\.diff finds no place at environments/dev\.toml:\d+: make the edit by hand"):
        refresh.refreshed("values")
