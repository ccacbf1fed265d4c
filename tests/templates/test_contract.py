"""The service is what its contract says: the code reads these variables, keeps these times and answers this path."""

import ast
import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from templates import contract as contracts
from templates import timeouts
from templates.contract import Contract, contract
from templates.errors import ContractError
from tests.settings import ROOT

BOOKS = contract("books_api")
GUNICORN = runpy.run_path(str(ROOT / "books_api" / "gunicorn.conf.py"))
# Reads of the environment: os.environ["X"], os.environ.get("X"), os.environ.setdefault("X"), os.getenv("X").
CALLS = {"get", "setdefault", "getenv"}


def read(path: Path) -> Iterator[str]:
    """The names of the variables that a module reads, also through a function of its own that takes the name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    through = {
        function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and "environ" in ast.dump(function) and len(function.args.args) == 1
    }
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=ast.Attribute(attr="environ", value=ast.Name(id="os")), slice=ast.Constant(value=str(name))):
                yield name
            case ast.Call(
                func=ast.Attribute(attr=call, value=ast.Attribute(attr="environ", value=ast.Name(id="os"))),
                args=[ast.Constant(value=str(name)), *_],
            ) if call in CALLS:
                yield name
            case ast.Call(func=ast.Name(id=call), args=[ast.Constant(value=str(name))]) if call in through:
                yield name


def test_the_code_reads_the_variables_of_the_contract_and_no_others() -> None:
    found = {name for path in BOOKS.path.rglob("*.py") for name in read(path)}
    assert found == {*BOOKS.variables.required, *BOOKS.variables.optional, *BOOKS.variables.elsewhere}


def test_an_idle_connection_is_kept_for_longer_than_the_load_balancer_keeps_it() -> None:
    assert GUNICORN["keepalive"] == BOOKS.idle_seconds > timeouts.ALB_IDLE


def test_a_worker_that_hangs_ends_when_the_longest_request_does() -> None:
    assert GUNICORN["timeout"] == BOOKS.request_seconds < timeouts.GATEWAY


def test_a_task_that_leaves_finishes_what_it_accepted() -> None:
    assert BOOKS.request_seconds <= GUNICORN["graceful_timeout"] < timeouts.STOP
    assert BOOKS.request_seconds <= timeouts.DEREGISTRATION < timeouts.STOP


def test_the_smoke_requests_are_operations_of_the_document() -> None:
    paths = msgspec.json.decode((BOOKS.path / BOOKS.document).read_bytes())["paths"]
    assert BOOKS.smoke
    assert all("get" in paths[each.path] for each in BOOKS.smoke)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Object missing required field `name`"),
        ("nam = 1", "Object contains unknown field `nam`"),
        ('name = "x y"', "Expected `str` matching regex"),
        ("name = ", "Invalid value"),
    ],
)
def test_a_mistake_in_the_contract_is_a_sentence(text: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "orders").mkdir()
    (tmp_path / "orders" / "service.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(contracts, "ROOT", tmp_path)
    with pytest.raises(ContractError, match=re.escape("orders/service.toml: ") + ".*" + re.escape(sentence)):
        contract.__wrapped__("orders")


def test_a_folder_without_a_contract_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contracts, "ROOT", tmp_path)
    with pytest.raises(ContractError, match=r"orders/service\.toml: No such file or directory; name the folder of a service"):
        contract.__wrapped__("orders")


def test_it_is_frozen() -> None:
    assert isinstance(BOOKS, Contract)
    with pytest.raises(AttributeError):
        BOOKS.name = "x"  # type: ignore[misc]
