"""The same endpoints with FastAPI and SQLAlchemy, as their documentation would have them."""

import os
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import psycopg2
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Computed, create_engine, func, select, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, defer, mapped_column, sessionmaker

# As many connections as the others have threads.
engine = create_engine(
    "postgresql+psycopg2://",
    creator=lambda: psycopg2.connect(os.environ["DATABASE_URL"]),
    pool_size=4,
    max_overflow=0,
    pool_pre_ping=True,
)
sessions = sessionmaker(engine)
app = FastAPI()


class Base(DeclarativeBase):
    """SQLAlchemy's."""


class Book(Base):
    """The table."""

    __tablename__ = "catalogue_book"
    isbn: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    author: Mapped[str]
    publisher: Mapped[str]
    price: Mapped[Decimal]
    published_year: Mapped[int]
    language: Mapped[str]
    subjects: Mapped[list[str]] = mapped_column(JSONB)
    description: Mapped[str]
    created: Mapped[datetime] = mapped_column(server_default=text("now()"))
    modified: Mapped[datetime] = mapped_column(server_default=text("now()"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    search: Mapped[Any] = mapped_column(TSVECTOR, Computed(""))


class NewBook(BaseModel):
    """What is sent."""

    isbn: Annotated[str, Field(pattern=r"^[0-9]{13}$")]
    title: Annotated[str, Field(min_length=1, max_length=300)]
    author: Annotated[str, Field(min_length=1, max_length=200)]
    publisher: Annotated[str, Field(min_length=1, max_length=200)]
    price: Annotated[Decimal, Field(gt=0, max_digits=8, decimal_places=2)]
    published_year: Annotated[int, Field(ge=1000, le=2200)]
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
    subjects: list[str] = []
    description: str = ""


class ShownBook(NewBook):
    """What is shown."""

    model_config = ConfigDict(from_attributes=True)
    created: datetime
    modified: datetime
    version: int


class Page(BaseModel):
    """Twenty books."""

    next: str | None
    results: list[ShownBook]


def session() -> Iterator[Session]:
    """Give each request its session."""
    with sessions() as opened:
        yield opened


Opened = Annotated[Session, Depends(session)]


@app.get("/books/{isbn}", response_model=ShownBook)
def get_book(isbn: str, opened: Opened) -> Book:
    """Show one book."""
    book = opened.get(Book, isbn, options=[defer(Book.search)])
    if book is None:
        raise HTTPException(404)
    return book


@app.get("/books", response_model=Page)
def list_books(opened: Opened, q: str = "", page_size: int = 20) -> dict[str, Any]:
    """Show the first page."""
    query = select(Book).options(defer(Book.search)).order_by(Book.title, Book.isbn).limit(page_size + 1)
    if q:
        query = query.where(Book.search.op("@@")(func.websearch_to_tsquery("english", q)))
    books = opened.scalars(query).all()
    return {"next": books[page_size - 1].isbn if len(books) > page_size else None, "results": books[:page_size]}


@app.post("/books", status_code=201, response_model=ShownBook)
def create_book(book: NewBook, opened: Opened) -> Book:
    """Add a new one."""
    made = Book(**book.model_dump())
    opened.add(made)
    opened.commit()
    return made
