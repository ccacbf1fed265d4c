"""Values as people and their programs write them, and what is made of each."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from books_api.catalogue.importing import people, years
from books_api.catalogue.importing.outcomes import RecordRefused


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("1999", 1999),
        ("2008.0", 2008),
        ("c1999", 1999),
        ("©1999", 1999),
        ("[1999]", 1999),
        ("[1999?]", 1999),
        ("1999.", 1999),
        ("1999-05-01", 1999),
        ("19990501", 1999),
        ("9/16/2006", 2006),
        ("01.05.1999", 1999),
        ("May 1999", 1999),
        ("1999, c1998", 1999),
        ("1999-2001", 1999),
        ("2005-01-01T00:00:00+00:00", 2005),
        ("2015년", 2015),
        ("868", 868),
        ("-350", -350),
        ("-720.0", -720),
        ("-0350-01-01", -350),
        ("351 BC", -350),
        ("351 B.C.E.", -350),
        ("1 v. Chr.", 0),
        ("201?", None),
        ("19--", None),
        ("[199-]", None),
        ("[18--?]", None),
        ("n.d.", None),
        ("[s.a.]", None),
        ("?", None),
        ("0", None),
        ("0101-01-01T00:00:00+00:00", None),
    ],
)
def test_years(text: str, year: int | None) -> None:
    assert years.year(text)[0] == year
    assumed = year is None or "?" in text or text in {"1999, c1998", "1999-2001"}
    assert (years.year(text)[1] is not None) == assumed, "what is assumed is said"


@pytest.mark.parametrize("text", ["soon", "DK Publishing Inc", "12345", "1e3"])
def test_what_is_no_year_is_refused(text: str) -> None:
    with pytest.raises(RecordRefused, match="not a year"):
        years.year(text)


@pytest.fixture
def price(django: None) -> Callable[[str], Any]:
    from books_api.catalogue.importing.prices import price

    return price


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("10", "10", ""),
        ("10.5", "10.5", ""),
        ("10,50", "10.50", ""),
        ("€10", "10", "EUR"),
        ("10 €", "10", "EUR"),
        ("10,- €", "10", "EUR"),
        ("USD 10.00", "10.00", "USD"),
        ("$10", "10", "USD"),
        ("Rs. 1,250.00", "1250.00", "INR"),
        ("1.250,50 EUR", "1250.50", "EUR"),
        ("15,000원", "15000", "KRW"),
        ("1'250.00", "1250.00", ""),
        ("1.999", "1999", ""),
        ("0", None, ""),
        ("n/a", None, ""),
    ],
)
def test_prices(price: Callable[[str], Any], text: str, amount: str | None, currency: str) -> None:
    assert price(text)[:2] == (None if amount is None else Decimal(amount), currency)


@pytest.mark.parametrize("text", ["1_000", "free", "-5", "EUR 5 USD", "10.50.20", "1e3", "1,2,3"])
def test_what_is_no_price_is_refused(price: Callable[[str], Any], text: str) -> None:
    with pytest.raises(RecordRefused, match="not a price"):
        price(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("English", "en"),
        ("en-US", "en"),
        ("EN", "en"),
        ("eng", "en"),
        ("ger", "de"),
        ("deu", "de"),
        ("Deutsch", "de"),
        ("pt_BR", "pt"),
        ("zh-TW", "zh"),
        ("Chinese (Simplified)", "zh"),
        ("Greek", "el"),
        ("grc", "grc"),
        ("mul", "mul"),
        ("한국어", "ko"),
        ("eng, deu", "en"),
        ("", "und"),
        ("--", "und"),
    ],
)
def test_languages(django: None, text: str, code: str) -> None:
    from books_api.catalogue.importing.languages import language

    assert language(text)[0] == code


def test_a_language_that_is_not_known_is_said(django: None) -> None:
    from books_api.catalogue.importing.languages import language

    code, remark = language("Klingonsk")
    assert (code, remark and remark.kind) == ("und", "no language is called so; it was taken as unknown")


@pytest.mark.parametrize(
    ("cells", "isbn", "others", "said"),
    [
        (["978-0-306-40615-7"], "9780306406157", [], []),
        (["978 0 306 40615 7"], "9780306406157", [], []),
        (['="0306406152"', '="9780306406157"'], "9780306406157", [], []),
        (["[0306406152]", "0306406152, 9780131103627"], "9780306406157", ["9780131103627"], ["kept"]),
        (["ISBN-13: 9780306406157"], "9780306406157", [], []),
        (["9780306406157 (pbk.) ; 0131103628 (hbk.)"], "9780306406157", ["9780131103627"], ["kept"]),
        (["9788970412450 03810"], "9788970412450", [], []),
        (["306406152"], "9780306406157", [], ["restored"]),
        (["306406152.0"], "9780306406157", [], ["restored"]),
        (["9780306406157.0"], "9780306406157", [], []),
        (["61120081", "9.78006112008e+12"], "9780061120084", [], ["restored", "left out"]),
        (["9780306406157; 12345"], "9780306406157", [], ["left out"]),
        (["", "-", "N/A", "0", '=""', "[]", "없음"], "", [], []),
    ],
)
def test_isbns(django: None, cells: list[str], isbn: str, others: list[str], said: list[str]) -> None:
    from books_api.catalogue.importing.isbns import found

    assert found(cells)[:2] == (isbn, others)
    assert len(found(cells).remarks) == len(said)
    for remark, text in zip(found(cells).remarks, said, strict=True):
        assert text in remark.kind


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("9.78031E+12", "rounded"),
        ("9,78031E+12", "rounded"),
        ("9780306406158", "check digit"),
        ("0306406153", "check digit"),
        ("12345", "not an ISBN"),
        ("B000FA64PK", "not an ISBN"),
    ],
)
def test_what_is_no_isbn_is_refused(django: None, text: str, reason: str) -> None:
    from books_api.catalogue.importing.isbns import found

    with pytest.raises(RecordRefused, match=reason):
        found([text])


@pytest.mark.parametrize(
    ("name", "turned"),
    [
        ("Knuth, Donald E.", "Donald E. Knuth"),
        ("Jefferson, Thomas, 1743-1826", "Thomas Jefferson"),
        ("Aristotle, 384 BCE-322 BCE", "Aristotle"),
        ("Shakespeare, William, 1564-1616 [Editor]", "William Shakespeare"),
        ("King, Martin Luther, Jr.", "King, Martin Luther, Jr."),
        ("Various", "Various"),
        ("United States. Congress", "United States. Congress"),
    ],
)
def test_names_are_turned(name: str, turned: str) -> None:
    assert people.turned(name) == turned
