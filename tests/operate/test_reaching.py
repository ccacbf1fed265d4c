"""What talks to the outside: smoke asks an API, token signs in, tunnel starts a session."""

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from ci import smoke, token
from ci.deployed.errors import FailedError, RefusedError
from tests.deployment.account import Account
from tests.deployment.dev import STACK, rendered
from tests.operate.conftest import Run

Answers = dict[str, list[tuple[int, str]]]


@contextmanager
def serve(answers: Answers, asked: list[tuple[str, str]]) -> Iterator[str]:
    """A path answers one after the other, the last one again and again."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()))
            left = answers.get(self.path, [(404, "")])
            status, body = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_smoke(capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[tuple[str, str]] = []
    answers = {"/dev/": [(503, ""), (200, "{}")], "/dev/books": [(200, "[]")], "/dev/openapi.json": [(200, "{}")]}
    with serve(answers, asked) as url:
        # The stage is a part of the path: it must not get lost.
        smoke.probe(f"{url}/dev/", pause=0)
    assert [path for path, _ in asked] == ["/dev/", "/dev/", "/dev/books", "/dev/openapi.json"]
    said = capsys.readouterr()
    assert said.out.count("200 in") == 3
    assert "503" in said.err


def test_smoke_fails() -> None:
    with serve({"/": [(200, "")], "/books": [(500, "")]}, []) as url, pytest.raises(FailedError, match=r"/books does not answer: .*500"):
        smoke.probe(url, pause=0)
    with pytest.raises(FailedError, match="does not answer"):
        smoke.probe("http://127.0.0.1:1/", pause=0)


def test_an_editor_is_created(account: Account, run: Run) -> None:
    """By Cognito's own rules: the pool is the rendered one."""
    refused = run("token", "dev", "--create-editor", "ada@example.org")
    assert refused.status == 2
    assert "awsome-books-dev is not deployed in us-east-1. Next: python -m ci deploy dev" in refused.err
    pool = json.loads(rendered(account.folder)["api"])["Resources"]["UserPool"]
    template = {"Resources": {"UserPool": pool}, "Outputs": {"UserPoolId": {"Value": {"Ref": "UserPool"}}}}
    account.client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(template))

    said = run("token", "dev", "--create-editor", "ada@example.org")
    assert said.status == 0, said.err
    assert said.err == "ada@example.org gets a first password by e-mail. Next: python -m ci token dev\n"
    cognito, where = account.client("cognito-idp"), account.stack(STACK)["Outputs"]["UserPoolId"]
    user = cognito.admin_get_user(UserPoolId=where, Username="ada@example.org")
    assert user["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    attributes = {each["Name"]: each["Value"] for each in user["UserAttributes"]}
    assert (attributes["email"], attributes["email_verified"]) == ("ada@example.org", "true")

    said = run("token", "dev", "--create-editor", "ada@example.org")
    assert (said.status, said.err) == (2, "ada@example.org is an editor of dev already.\n")
    said = run("token", "dev", "--create-editor", "ada")
    assert said.status == 2
    assert said.err == "No editor was made of ada: Username should be an email. Give an e-mail address.\n"


def test_no_editors_without_cognito(account: Account, run: Run) -> None:
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"ApiUrl": {"Value": "https://example.org/"}}}
    account.client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(template))
    said = run("token", "dev")
    assert said.status == 2
    assert said.err.startswith("dev has no editors: api.authorization is ")


def outputs(url: str) -> dict[str, str]:
    return {"SignInUrl": url, "EditorClientId": "client"}


def sign_in(state: str) -> None:
    """What the browser does at the end: also something else that came to this port before."""
    for query in ("code=stolen&state=other", f"code=given&state={state}"):
        for _ in range(50):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:8765/callback?{query}").close()
            except urllib.error.HTTPError:
                break
            except OSError:
                threading.Event().wait(0.1)
            else:
                break


def test_token() -> None:
    asked: list[tuple[str, str]] = []
    with serve({"/oauth2/token": [(200, json.dumps({"access_token": "signed"}))]}, asked) as url:
        query = parse_qs(urlsplit(token.address(outputs(url), "v" * 43, "state")).query)
        browser = threading.Thread(target=sign_in, args=(query["state"][0],))
        browser.start()
        code = token.receive("state", 10)
        browser.join()
        assert token.exchange(outputs(url), code, "v" * 43) == "signed"
    assert query["scope"] == ["openid books/write"]
    # RFC 7636: the hash goes out first, the verifier itself with the code.
    assert query["code_challenge"] == ["7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM"]
    assert query["code_challenge_method"] == ["S256"]
    sent = parse_qs(asked[0][1])
    assert sent["code"] == ["given"]
    assert sent["code_verifier"] == ["v" * 43]


def test_token_is_refused() -> None:
    with serve({"/oauth2/token": [(400, '{"error":"invalid_grant"}')]}, []) as url, pytest.raises(FailedError, match="invalid_grant"):
        token.exchange(outputs(url), "code", "verifier")
    with pytest.raises(FailedError, match="nobody signed in within"):
        token.receive("state", 0)


def test_token_needs_its_port() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 8765), BaseHTTPRequestHandler), pytest.raises(RefusedError, match="localhost:8765 cannot"):
        token.receive("state", 1)
