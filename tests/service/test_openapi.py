"""The API document is the code's, the gateway can read it, and the service does what it says."""

import subprocess
import sys
from pathlib import Path

import orjson

from tests.service.process import HOST, ROOT, Service, environment, manage

DOCUMENT = orjson.loads((ROOT / "books_api" / "openapi.json").read_bytes())
OPERATIONS = {(path, method): operation for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()}


def test_the_committed_document_is_the_codes(tmp_path: Path) -> None:
    generated = tmp_path / "openapi.json"
    manage(environment(), "spectacular", "--format", "openapi-json", "--validate", "--fail-on-warn", "--file", str(generated))
    assert generated.read_text() == (ROOT / "books_api" / "openapi.json").read_text(), "run: make openapi"


def test_the_document_is_what_the_gateway_renders_its_methods_from() -> None:
    assert DOCUMENT["openapi"] == "3.0.3", "REST APIs read no 3.1"
    assert {path: set(methods) for path, methods in DOCUMENT["paths"].items()} == {
        "/": {"get"},
        "/books": {"get", "post"},
        "/books/{isbn}": {"get", "put", "patch", "delete"},
        "/docs": {"get"},
        "/openapi.json": {"get"},
    }
    for (_, method), operation in OPERATIONS.items():
        assert operation["operationId"]
        assert operation["summary"]
        assert operation["responses"]
        assert ("security" in operation) == (method != "get"), "writes, and only they, need an editor"
    assert len({operation["operationId"] for operation in OPERATIONS.values()}) == len(OPERATIONS)


def test_the_service_does_what_its_document_says(service: Service, tmp_path: Path) -> None:
    """Schemathesis: every check, examples, boundaries, random and stateful."""
    tests = Path(__file__).parent
    document = tmp_path / "openapi.json"
    # The gateway checks the token, before a request gets here.
    open_to_all = [
        {method: operation | {"security": []} for method, operation in methods.items()} for methods in DOCUMENT["paths"].values()
    ]
    document.write_bytes(orjson.dumps(DOCUMENT | {"paths": dict(zip(DOCUMENT["paths"], open_to_all, strict=True))}))
    command = [str(Path(sys.executable).with_name("st")), f"--config-file={tests / 'schemathesis.toml'}", "run", f"--url={service.url}"]
    command += [f"--header=Host:{HOST}", "--seed=1", "--max-examples=60", "--no-color", "--continue-on-failure", str(document)]
    env = environment(SCHEMATHESIS_HOOKS="tests.service.schemathesis_hooks", PYTHONPATH=str(ROOT))
    run = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-1000:]
