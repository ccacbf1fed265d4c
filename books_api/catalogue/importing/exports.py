"""The exports of other programs: how to know one by its header, and what its columns are.

What is not named here of a program's columns is of its own concern (ratings, shelves, dates of reading), and is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

# Not before what belongs to the name: Martin Luther King, Jr.
_COMMA = r",\s*(?!(?:Jr|Sr|II|III|IV|M\.?D|Ph\.?D)\b)"


@dataclass(frozen=True)
class Export:
    """A program's export. Columns are in their plain form (columns.plain); of several for a field the first that has something counts."""

    name: str
    # Columns that together no other program has.
    signature: frozenset[str]
    columns: Mapping[str, str]
    authors: str = r"[;|]"
    subjects: str = r"[;|]"
    # Whether names are written as Last, First.
    last_names_first: bool = False
    html: bool = False
    # What of the column for the kind of thing is a book; empty where all are.
    books: frozenset[str] = frozenset()


EXPORTS = (
    Export(
        "Goodreads",
        frozenset({"bookid", "authorlf", "isbn13", "myrating"}),
        {
            "isbn13": "isbn",
            "isbn": "isbn",
            "title": "title",
            "author": "author",
            "additionalauthors": "other_authors",
            "publisher": "publisher",
            "numberofpages": "pages",
            "yearpublished": "published_year",
            "originalpublicationyear": "published_year",
            "bookid": "identifier",
        },
        authors=_COMMA,
    ),
    Export(
        "goodbooks-10k",
        frozenset({"goodreadsbookid", "workid", "isbn13", "originalpublicationyear"}),
        {
            "isbn13": "isbn",
            "isbn": "isbn",
            "title": "title",
            "authors": "author",
            "originalpublicationyear": "published_year",
            "languagecode": "language",
            "goodreadsbookid": "identifier",
        },
        authors=_COMMA,
    ),
    Export(
        "Goodreads (the public data set)",
        frozenset({"bookid", "isbn13", "averagerating", "textreviewscount"}),
        {
            "isbn13": "isbn",
            "isbn": "isbn",
            "title": "title",
            "authors": "author",
            "numpages": "pages",
            "publicationdate": "published_year",
            "publisher": "publisher",
            "languagecode": "language",
            "bookid": "identifier",
        },
        authors="/",
    ),
    Export(
        "LibraryThing",
        frozenset({"bookid", "primaryauthor", "isbns"}),
        {
            "isbn": "isbn",
            "isbns": "isbn",
            "title": "title",
            "primaryauthor": "author",
            "secondaryauthor": "other_authors",
            "publication": "publication",
            "date": "published_year",
            "pagecount": "pages",
            "languages": "language",
            "subjects": "subjects",
            "tags": "subjects",
            "lcclassification": "call_number",
            "deweydecimal": "call_number",
            "othercallnumber": "call_number",
            "listprice": "price",
            "bookid": "identifier",
        },
        subjects=r"[,;|]",
        last_names_first=True,
    ),
    Export(
        "Zotero",
        frozenset({"key", "itemtype", "publicationyear"}),
        {
            "isbn": "isbn",
            "title": "title",
            "author": "author",
            "editor": "editor",
            "publisher": "publisher",
            "publicationyear": "published_year",
            "date": "published_year",
            "language": "language",
            "edition": "edition",
            "series": "series",
            "seriesnumber": "series_number",
            "numpages": "pages",
            "callnumber": "call_number",
            "abstractnote": "description",
            "manualtags": "subjects",
            "automatictags": "subjects",
            "itemtype": "kind",
            "key": "identifier",
        },
        last_names_first=True,
        books=frozenset({"book", "document", "manuscript", "report", "thesis"}),
    ),
    Export(
        "Calibre",
        frozenset({"authorsort", "seriesindex", "uuid"}),
        {
            "isbn": "isbn",
            "identifiers": "identifiers",
            "title": "title",
            "authors": "author",
            "publisher": "publisher",
            "pubdate": "published_year",
            "languages": "language",
            "series": "series",
            "seriesindex": "series_number",
            "tags": "subjects",
            "comments": "description",
            "uuid": "identifier",
        },
        authors=r"\s&\s",
        subjects=",",
        html=True,
    ),
    Export(
        "Book-Crossing",
        frozenset({"isbn", "booktitle", "bookauthor", "yearofpublication", "imageurls"}),
        {
            "isbn": "isbn",
            "booktitle": "title",
            "bookauthor": "author",
            "yearofpublication": "published_year",
            "publisher": "publisher",
        },
    ),
    Export(
        "Project Gutenberg",
        frozenset({"text", "type", "issued", "locc", "bookshelves"}),
        {
            "title": "title",
            "authors": "author",
            "issued": "published_year",
            "language": "language",
            "subjects": "subjects",
            "locc": "call_number",
            "type": "kind",
            "text": "identifier",
        },
        subjects=";",
        last_names_first=True,
        books=frozenset({"text"}),
    ),
)

# Any other file: its columns are known by their names.
PLAIN = Export("", frozenset(), {})
# Our own: a semicolon in a subject is part of it.
OURS = Export("", frozenset(), {}, subjects=r"\|")


def recognised(columns: frozenset[str]) -> Export:
    """Find the program whose columns these are; PLAIN where it is none of them."""
    return next((export for export in EXPORTS if export.signature <= columns), PLAIN)
