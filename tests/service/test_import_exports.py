"""The exports of other programs: recognised by their headers, and understood."""

from pathlib import Path
from typing import Any

import pytest

from tests.service.test_catalogue_files import Import, imported

__all__ = ["imported"]

LIBRARYTHING = (
    "Book Id\tTitle\tSort Character\tPrimary Author\tSecondary Author\tPublication\tDate\tSummary\tPage Count\tTags\tLanguages\t"
    "ISBN\tISBNs\tSubjects\tDewey Decimal\n"
    '123\t"A" is for Alibi\t1\tGrafton, Sue\tRoe, Rick|Doe, Jane\tAce (2005), Edition: Reprint, 544 pages\t2005\t"A" is\t544 \tcrime\t'
    "English, German\t[0306406152]\t0306406152, 9780131103627\tDetectives|Fiction\t813.54\n"
)
ZOTERO = (
    '"Key","Item Type","Publication Year","Author","Title","ISBN","Abstract Note","Date","Num Pages","Series","Series Number","Publisher",'
    '"Language","Manual Tags","Automatic Tags","Editor"\n'
    '"AB12","book","1968","Knuth, Donald E.; Graham, Ronald","The Art","978-0-306-40615-7 0131103628","One\nline, ""two""","1968","672",'
    '"CS","3","Addison","en-US","algorithms; math","auto","Doe, Jane"\n'
    '"CD34","book","","","Edited","","","2001-05","","","","","Klingonsk","","","Doe, Jane; Roe, R."\n'
    '"EF56","journalArticle","2001","A, B","Paper","","","","","","","","","","",""\n'
)
CALIBRE = (
    "author_sort,authors,comments,formats,id,identifiers,isbn,languages,pubdate,publisher,series,series_index,tags,title,title_sort,uuid\n"
    '"Knuth, Donald",Donald Knuth & Ronald Graham,"<div><p>One &amp; two</p><p>three</p></div>",epub,1,"amazon:B00X,isbn:9780306406157",,'
    '"eng, deu",0101-01-01T00:00:00+00:00,Addison,,1.0,"cs, math",Concrete,Concrete,aaaa\n'
    "X,X,,epub,2,,,eng,2004-05-06T00:00:00+00:00,,Dune,2.0,,Dune Two,Dune Two,cccc\n"
)
GOODBOOKS = (
    "book_id,goodreads_book_id,best_book_id,work_id,isbn,isbn13,authors,original_publication_year,original_title,title,language_code\n"
    '1,2767052,2767052,2792775,306406152,9.78030640615e+12,"Ada Example, Bo Example",2008.0,Games,"The Games (Games, #1)",eng\n'
    "2,3,3,4,,,Homer,-750.0,Odyssey,The Odyssey,\n"
    "3,4,4,5,,9.78030640615e+12,X,2000.0,,Lost,en-US\n"
)
BOOK_CROSSING = (
    '"ISBN";"Book-Title";"Book-Author";"Year-Of-Publication";"Publisher";"Image-URL-S"\n'
    '"0306406152";"Der Kaffee \\"Größe\\"; und mehr";"Müller &amp; Söhne";"0";"Diogenes";"http://i/a.jpg"\n'
    '"0131103628";"Übung";"M";"2002";"P";"http://i/b.jpg"\n'
    '"B0000A2U41";"Not a number";"X";"1999";"P";"c"\n'
)
GUTENBERG = (
    "Text#,Type,Issued,Title,Language,Authors,Subjects,LoCC,Bookshelves\n"
    '1,Text,1971-12-01,"The Declaration\r\nof Independence",en,"Jefferson, Thomas, 1743-1826","United States -- History; Law",E201; JK,\n'
    "2,Sound,2003-01-01,Audio,en; fr,Various,,,\n"
    '3,Text,2001-01-01,Faust,de,"Goethe, Johann Wolfgang von, 1749-1832; Taylor, Bayard, 1825-1878 [Translator]",Drama,PT,\n'
)
KOREAN = (
    "번호,도서명,저자,출판사,발행년도,ISBN,세트 ISBN,부가기호,권,주제분류번호,도서권수,대출건수,등록일자,\n"
    '"1","(놀라운) 호랑이 빵집","서지원 글 ;홍그림 그림","아르볼","2024","9791162042977","","7","4","813.8","1","2","2024-11-08",\n'
    '"2","책없음","누구","","","","","","","","1","0","2024",\n'
)
INDIAN = (
    "Acc. No.,Title,Author,Publisher,Year,ISBN,Price,Call No.,Pages,Subject\n"
    'B1,Engineering Physics,"Gaur, R.K.",Dhanpat Rai,2012,81-89928-22-8,Rs. 450.00,530 GAU,1200p.,Physics\n'
    'B2,Engineering Physics,"Gaur, R.K.",Dhanpat Rai,2012,81-89928-22-8,Rs. 450.00,530 GAU,1200p.,Physics\n'
    "B3,Old Book,,Local Press,,NA,0,,,\n"
)

CASES: dict[str, tuple[str, bytes, str, dict[str, dict[str, Any]], str]] = {
    # name of the file, content, what is said, books by title, summary
    "LibraryThing": (
        "export.tsv",
        LIBRARYTHING.encode("utf-16"),
        "an export from LibraryThing",
        {
            '"A" is for Alibi': {
                "isbn": "9780306406157",
                "other_isbns": ["9780131103627"],
                "author": "Sue Grafton",
                "other_authors": ["Rick Roe", "Jane Doe"],
                "publisher": "Ace",
                "published_year": 2005,
                "pages": 544,
                "language": "en",
                "subjects": ["Detectives", "Fiction", "crime"],
                "call_number": "813.54",
            }
        },
        "1 read: 1 added",
    ),
    "Zotero": (
        "export.csv",
        ZOTERO.encode("utf-8-sig"),
        "an export from Zotero",
        {
            "The Art": {
                "isbn": "9780306406157",
                "author": "Donald E. Knuth",
                "other_authors": ["Ronald Graham"],
                "description": 'One\nline, "two"',
                "subjects": ["algorithms", "math", "auto"],
                "series": "CS",
                "series_number": "3",
                "pages": 672,
            },
            "Edited": {"author": "Jane Doe", "other_authors": ["R. Roe"], "published_year": 2001, "language": "und"},
        },
        "3 read: 2 added, 0 changed, 0 as they were, 1 bad",
    ),
    "Calibre": (
        "export.csv",
        CALIBRE.encode(),
        "an export from Calibre",
        {
            "Concrete": {
                "isbn": "9780306406157",
                "other_authors": ["Ronald Graham"],
                "description": "One & two\nthree",
                "published_year": None,
                "series_number": "",
                "language": "en",
            },
            "Dune Two": {"series": "Dune", "series_number": "2", "published_year": 2004},
        },
        "2 read: 2 added",
    ),
    "goodbooks": (
        "books.csv",
        GOODBOOKS.encode(),
        "an export from goodbooks-10k",
        {
            "The Games (Games, #1)": {"isbn": "9780306406157", "other_authors": ["Bo Example"], "published_year": 2008, "language": "en"},
            "The Odyssey": {"published_year": -750, "language": "und"},
        },
        "3 read: 2 added, 0 changed, 0 as they were, 1 bad",
    ),
    "Book-Crossing": (
        "BX-Books.csv",
        BOOK_CROSSING.encode("cp1252"),
        "Windows-1252",
        {
            'Der Kaffee "Größe"; und mehr': {"isbn": "9780306406157", "author": "Müller & Söhne", "published_year": None},
            "Übung": {"isbn": "9780131103627", "published_year": 2002},
        },
        "3 read: 2 added, 0 changed, 0 as they were, 1 bad",
    ),
    "Gutenberg": (
        "pg_catalog.csv",
        GUTENBERG.encode(),
        "an export from Project Gutenberg",
        {
            "The Declaration of Independence": {"author": "Thomas Jefferson", "call_number": "E201; JK", "published_year": 1971},
            "Faust": {"author": "Johann Wolfgang von Goethe", "other_authors": ["Bayard Taylor"], "subjects": ["Drama"]},
        },
        "3 read: 2 added, 0 changed, 0 as they were, 1 bad",
    ),
    "Korean": (
        "books.csv",
        KOREAN.encode("cp949"),
        "Korean (CP949)",
        {
            "(놀라운) 호랑이 빵집": {
                "isbn": "9791162042977",
                "author": "서지원 글",
                "other_authors": ["홍그림 그림"],
                "series_number": "4",
                "call_number": "813.8",
            },
            "책없음": {"author": "누구", "published_year": None},
        },
        "2 read: 2 added",
    ),
    "Indian": (
        "books.csv",
        INDIAN.encode(),
        "the ISBN was in the file before",
        {
            "Engineering Physics": {"isbn": "9788189928223", "price": 450, "currency": "INR", "pages": 1200, "call_number": "530 GAU"},
            "Old Book": {"price": None, "author": ""},
        },
        "3 read: 2 added, 0 changed, 0 as they were, 0 bad, 1 again",
    ),
}


@pytest.mark.parametrize("program", CASES)
def test_an_export_is_understood(imported: Import, tmp_path: Path, program: str) -> None:
    name, content, said, books, summary = CASES[program]
    file = tmp_path / name
    file.write_bytes(content)
    done = imported(file)
    assert done.summary.startswith(summary), done.said
    assert said in done.said
    found = {book["title"]: book for book in done.books.values()}
    assert found.keys() == books.keys()
    for title, expected in books.items():
        assert {field: found[title][field] for field in expected} == expected
    assert imported(file).books == done.books
