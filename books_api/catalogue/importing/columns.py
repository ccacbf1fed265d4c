"""Which column holds which field: by its name, as the options say, or as a known program writes it."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from books_api.catalogue.importing.exports import OURS, Export, recognised
from books_api.catalogue.importing.outcomes import FileRefused
from books_api.catalogue.serializers import NewBook

FIELDS = ("isbn", *(str(name) for name in NewBook().fields if str(name) != "isbn"))
# Of our own exports, and the catalogue's own business.
OWN = {"created", "modified", "version"}

# Other names for the fields, as headers in libraries have them, in their plain form.
_SYNONYMS = {
    "isbn": "isbn13 isbn10 isbnno isbnnumber isbnean ean 국제표준도서번호",
    "other_isbns": "otherisbns",
    "title": "booktitle booktitles bookname titleofthebook nameofthebook nameofbook titel titre título titolo 서명 도서명 제목 書名 书名",
    "author": (
        "authors bookauthor authorname authornames authoreditor writer autor autoren verfasser auteur auteurs autores autore "
        "저자 저작자 저자명 지은이 글쓴이 著者 作者"
    ),
    "other_authors": "otherauthors additionalauthors coauthors coauthor",
    "publisher": (
        "publishers publishername nameofpublisher verlag éditeur editorial editore 출판사 출판자 발행자 발행처 출판사명 出版社 出版者"
    ),
    "price": "listprice bookprice priceinrs pricers mrp preis prix precio prezzo 가격 정가 定价",
    "published_year": (
        "year publishedyear publicationyear yearofpublication yearpublished publishyear publishingyear yearofpublishing pubyear yearofpub "
        "publicationdate publisheddate datepublished dateofpublication pubdate jahr erscheinungsjahr année año anno "
        "발행년 발행년도 발행연도 출판년 출판년도 출판연도 출간년도 발행일 발행일자 出版年 出版年份"
    ),
    "edition": "editionstatement auflage édition edición 판사항 판차 版次",
    "series": "seriestitle seriesname reihe collection 총서 총서명 叢書名",
    "series_number": "seriesnumber seriesno volume vol volumeno volumenumber band bandnummer 권 권차 권수",
    "pages": "page pagecount numpages numberofpages noofpages nopages totalpages seiten seitenzahl páginas 페이지 페이지수 쪽수 면수 页数",
    "call_number": (
        "callnumber callno classno classnumber classificationno shelfmark signatur cote signatura 청구기호 분류기호 주제분류번호 請求記号"
    ),
    "language": "languages languagecode lang sprache langue idioma lingua 언어 语言",
    "subjects": (
        "subject keyword keywords tags topic topics genre genres category categories schlagwort schlagworte sujet sujets 주제 주제어 키워드"
    ),
    "description": "summary abstract blurb synopsis annotation beschreibung résumé descripción 내용 책소개 요약 초록 内容",
}
_SIMILAR = 0.85


def plain(name: str) -> str:
    """Reduce a name to its letters and digits: Book-Title and book_title are the same."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold())


_FIELD_OF = {plain(name): name for name in FIELDS} | {plain(word): name for name, words in _SYNONYMS.items() for word in words.split()}


class Unknown(Exception):
    """A column whose name is nearly that of a field: leaving it out would lose what somebody meant to be there."""

    def __init__(self, column: str, field: str) -> None:
        super().__init__(
            f"no column {column} is known; did you mean {field}? Say --map {field}={_quoted(column)} or --ignore {_quoted(column)}"
        )


@dataclass(frozen=True)
class Names:
    """How columns are called in this file."""

    export: Export
    # What --map says, by the column's plain name.
    told: Mapping[str, str]
    ignored: frozenset[str]

    @classmethod
    def told_by(cls, export: Export, told: Mapping[str, str], ignored: Iterable[str]) -> Self:
        """Take the columns as the options write them."""
        return cls(export, {plain(column): name for column, name in told.items()}, frozenset(map(plain, ignored)))

    def find(self, column: str) -> str | None:
        """Find the field; None where the column is left out. Raises Unknown."""
        name = plain(column)
        if name in self.told:
            return self.told[name]
        if name in self.ignored or name in OWN:
            return None
        known = self.export.columns if self.export.columns else _FIELD_OF
        if found := known.get(name):
            return None if found in self.told.values() else found
        if not self.export.columns and (near := difflib.get_close_matches(name, _FIELD_OF, 1, _SIMILAR)):
            raise Unknown(column, _FIELD_OF[near[0]])
        return None


@dataclass(frozen=True)
class Columns:
    """A table's columns: for each field the places where it stands, in the order in which they count."""

    names: Names
    places: Mapping[str, Sequence[int]]
    left_out: Sequence[str]


def of_table(header: Sequence[str], told: Mapping[str, str], ignored: Iterable[str]) -> Columns:
    """Find the fields of a table; FileRefused where columns are doubled, nearly known, or none has a title or an ISBN."""
    by_name: dict[str, int] = {}
    for place, column in enumerate(header):
        if column and plain(column) in by_name and header[by_name[plain(column)]].casefold() == column.casefold():
            raise FileRefused(f"two columns are named {column}: which of them holds it? Rename or remove the other.")
        by_name.setdefault(plain(column), place)
    for option, wanted in (("--map", told), ("--ignore", ignored)):
        for column in wanted:
            if plain(column) not in by_name:
                raise FileRefused(f"{option}: there is no column {column}; there are: {', '.join(filter(None, header))}.")
    ours = set(header) <= {*FIELDS, *OWN}
    names = Names.told_by(OURS if ours else recognised(frozenset(by_name)), told, ignored)
    places: dict[str, list[int]] = {}
    left_out = []
    for place, column in enumerate(header):
        try:
            name = names.find(column)
        except Unknown as error:
            raise FileRefused(f"{error}.") from error
        if name:
            places.setdefault(name, []).append(place)
        else:
            left_out.append(column or "(one without a name)")
    if not places.keys() & {"isbn", "title"}:
        raise FileRefused(
            "no column holds a title or an ISBN: the first line must name the columns. Say which is which, such as "
            f"--map title={_quoted(next(filter(None, header), 'COLUMN'))}"
        )
    order = [*names.told, *names.export.columns]
    for found in places.values():
        # ISBN-13 before ISBN-10, and otherwise as the export says or the file has them.
        found.sort(key=lambda place: _rank(plain(header[place]), order))
    return Columns(names, places, left_out)


def _rank(name: str, order: Sequence[str]) -> tuple[int, bool]:
    return (order.index(name) if name in order else len(order)), "13" not in name


def assignments(option: str, texts: Iterable[str]) -> dict[str, str]:
    """Read NAME=VALUE options for fields: the fields by value."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not value.strip() or name not in FIELDS:
            raise FileRefused(f"{option} {text}: say FIELD=..., with one of the fields {', '.join(FIELDS)}.")
        found[value.strip()] = name
    return found


def _quoted(text: str) -> str:
    return f'"{text}"' if re.search(r"\W", text) else text
