"""A language's code from its code or its name."""

import re
from functools import lru_cache

from django.conf.locale import LANG_INFO
from iso639 import Language, LanguageNotFoundError

from books_api.catalogue.importing.outcomes import Remark

UNDETERMINED = "und"
FIRST = "of several languages the first was taken"
NOT_KNOWN = "no language is called so; it was taken as unknown"

_NONE = re.compile(r"[\s?\-\u2013\u2014]*|und|n/?a|none|null|nan|unknown", re.IGNORECASE)
# ISO 639 knows the languages' names in English; Django knows some in the language itself.
_OWN_NAMES = {
    name.casefold(): code.partition("-")[0]
    for code, info in LANG_INFO.items()
    for name in (info.get("name"), info.get("name_local"))
    if name
}


@lru_cache(4096)
def language(text: str) -> tuple[str, Remark | None]:
    """Find the two letters, or three where there are no two, or und; and what is to be said of it."""
    if _NONE.fullmatch(text.strip()):
        return UNDETERMINED, None
    names = [name for name in (re.sub(r"\(.*?\)", "", part).strip() for part in re.split(r"[;,|/&]", text)) if name]
    if not names or not (code := _code(names[0])):
        return UNDETERMINED, Remark(NOT_KNOWN, text)
    return code, Remark(FIRST, text) if len(names) > 1 else None


def _code(name: str) -> str:
    # en-US, pt_BR: the country is not the language.
    for candidate in (name, re.split(r"[-_]", name)[0]):
        if own := _OWN_NAMES.get(candidate.casefold()):
            return own
        try:
            found = Language.match(candidate, strict_case=False)
        except LanguageNotFoundError:
            continue
        return found.part1 or found.part3
    return ""
