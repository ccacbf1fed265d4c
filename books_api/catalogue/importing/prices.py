"""A price and its currency, as written in different countries."""

import re
from decimal import Decimal
from functools import lru_cache

from books_api.catalogue.importing.outcomes import RecordRefused, Remark

FREE = "a price of 0 was taken as unknown"
THOUSANDS = "the separator in the price was taken for that of thousands"
DOLLARS = "$ was taken for USD"

SIGNS = {
    "€": "EUR",
    "£": "GBP",
    "$": "USD",
    "US$": "USD",
    "¥": "JPY",
    "₩": "KRW",
    "원": "KRW",
    "₹": "INR",
    "Rs": "INR",
    "Rs.": "INR",
    "zł": "PLN",
}
_CURRENCY = "|".join([r"[A-Z]{3}", *sorted(map(re.escape, SIGNS), key=len, reverse=True)])
_PRICE = re.compile(
    rf"(?P<before>{_CURRENCY})?\s*"
    r"(?P<whole>\d{1,3}(?P<group>[ ,.'\u2019\u00a0\u202f])\d{3}(?:(?P=group)\d{3})*|\d+)"
    r"(?:[.,](?P<cents>\d{1,2}|-{1,2}|\u2013|\u2014))?"
    rf"\s*(?P<after>{_CURRENCY})?"
)
_NONE = re.compile(r"[\s?\-\u2013\u2014]*|n/?a|none|null|nan|unknown", re.IGNORECASE)


@lru_cache(4096)
def price(text: str) -> tuple[Decimal | None, str, Remark | None]:
    """Read amount, ISO 4217 code (empty where none is named), and what was assumed; RecordRefused where it is not a price."""
    if _NONE.fullmatch(text.strip()):
        return None, "", None
    match = _PRICE.fullmatch(text.strip())
    if not match or (match["before"] and match["after"]):
        raise RecordRefused("is not a price", text)
    sign = match["before"] or match["after"] or ""
    cents = match["cents"] or ""
    amount = Decimal(re.sub(r"\D", "", match["whole"]) + (f".{cents}" if cents.isdigit() else ""))
    if not amount:
        return None, "", Remark(FREE, text)
    remark = None
    if sign == "$":
        remark = Remark(DOLLARS, text)
    elif match["group"] in {",", "."} and not cents:
        remark = Remark(THOUSANDS, f"{text} is {amount}")
    return amount, SIGNS.get(sign, sign), remark
