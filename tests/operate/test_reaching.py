"""What talks to the outside: smoke asks an API, token signs in, tunnel starts a session."""

import json
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from ci.commands import smoke, token
from ci.deployed.errors import FailedError, RefusedError
from templates.contract import contract
from tests.deployment.account import Account
from tests.deployment.dev import STACK, rendered
from tests.operate.conftest import Run
from tests.operate.ecs import Ecs
from tests.operate.terminal import Terminal
from tests.operate.test_preflight import bootstrap
from tests.operate.test_release import push

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


PATHS = [each.path for each in contract("books_api").smoke]


def test_smoke(capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[tuple[str, str]] = []
    answers = {"/dev/": [(503, ""), (200, "{}")], "/dev/books": [(200, "[]")], "/dev/openapi.json": [(200, "{}")]}
    with serve(answers, asked) as url:
        # The stage is a part of the path: it must not get lost.
        assert smoke.probe("dev", f"{url}/dev/", PATHS, pause=0) is None
    assert [path for path, _ in asked] == ["/dev/", "/dev/", "/dev/books", "/dev/openapi.json"]
    said = capsys.readouterr()
    assert said.out.count("200 in") == 3
    assert "503" in said.err


def test_smoke_fails() -> None:
    with serve({"/": [(200, "")], "/books": [(500, "")]}, []) as url, pytest.raises(FailedError, match=r"/books does not answer: .*500"):
        smoke.probe("dev", url, PATHS, pause=0)
    with pytest.raises(FailedError, match=r"does not answer: .*\. Next: python -m ci status dev, python -m ci logs dev"):
        smoke.probe("dev", "http://127.0.0.1:1/", PATHS, pause=0)


def test_a_name_that_nobody_knows(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said once, in words; without credentials, since the address is given."""
    monkeypatch.setattr(smoke, "PAUSE", 0)
    monkeypatch.setattr("ci.commands.smoke.time.sleep", lambda _: None)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    address = "https://books.invalid/"
    said = run("smoke", "dev", "--url", address)
    assert said.status == 1
    assert said.err.splitlines() == [
        f"the name cannot be resolved  {address}, asked up to 6 times",
        f"{address} does not answer: the name cannot be resolved. Next: python -m ci status dev, python -m ci logs dev",
    ]
    said = run("smoke", "dev", "--url", "books.invalid")
    assert (said.status, said.err) == (2, "books.invalid is no address: give one that begins with https://.\n")
    assert run("smoke", "dev", "--url", "https://[::1/").status == 2
    said = run("smoke", "dev", "--url", "https://books..invalid/")
    assert said.status == 1
    assert said.err.splitlines()[-1].startswith("https://books..invalid/ does not answer: ")


def test_the_version_that_answers(account: Account, run: Run) -> None:
    """Is the one that is deployed."""
    bootstrap(account)
    digest = push(account, "1.0.0")
    cloudformation, answers = account.client("cloudformation"), {"/books": [(200, "[]")], "/openapi.json": [(200, "{}")]}
    for version, status in (("1.0.0", 0), ("0.9.0", 1)):
        with serve({"/": [(200, json.dumps({"version": version}))], **answers}, []) as url:
            template = {
                "Parameters": {"ImageDigest": {"Type": "String"}},
                "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
                "Outputs": {"ApiUrl": {"Value": url}},
            }
            given = [{"ParameterKey": "ImageDigest", "ParameterValue": digest}]
            change = cloudformation.update_stack if status else cloudformation.create_stack
            change(StackName=STACK, TemplateBody=json.dumps(template), Parameters=given)
            said = run("smoke", "dev")
        assert said.status == status, said.err
        assert f" by version {version}  {url}/\n" in said.out
    assert said.err == f"{url} is answered by version 0.9.0, and 1.0.0 is deployed. Next: python -m ci status dev\n"


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
    # As an empty variable of a shell is, which must not become a sign-in.
    said = run("token", "dev", "--create-editor", "")
    assert (said.status, said.err) == (2, "No editor was made: give an e-mail address.\n")


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
    come("code=stolen&state=other")
    come(f"code=given&state={state}")


def come(query: str) -> None:
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
        query = parse_qs(urlsplit(token.address(outputs(url), "books/write", "v" * 43, "state")).query)
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
    with pytest.raises(FailedError, match=r"http://127.0.0.1:1 cannot be reached: "):
        token.exchange(outputs("http://127.0.0.1:1"), "code", "verifier")
    with pytest.raises(FailedError, match="nobody signed in within"):
        token.receive("state", 0)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("error=access_denied&error_description=not+an+editor", "No token: not an editor."),
        ("error=access_denied", "No token: access_denied."),
        ("", "No token: the page sent no code."),
    ],
)
def test_the_page_sends_no_code(query: str, sentence: str) -> None:
    browser = threading.Thread(target=come, args=(f"state=state&{query}",))
    browser.start()
    with pytest.raises(FailedError, match=sentence):
        token.receive("state", 10)
    browser.join()


def test_token_needs_its_port() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 8765), BaseHTTPRequestHandler), pytest.raises(RefusedError, match="localhost:8765 cannot"):
        token.receive("state", 1)


@pytest.mark.parametrize("arguments", [("logs", "--minutes"), ("token", "--seconds")])
@pytest.mark.parametrize("amount", ["nan", "inf", "-5", "0", "1e17", "soon"])
def test_what_is_no_amount_of_time(run: Run, capsys: pytest.CaptureFixture[str], arguments: tuple[str, str], amount: str) -> None:
    verb, option = arguments
    with pytest.raises(SystemExit) as refusal:
        run(verb, "dev", f"{option}={amount}")
    assert refusal.value.code == 2
    assert f"argument {option}: " in capsys.readouterr().err


@pytest.mark.usefixtures("run")
def test_logs(account: Account, run: Run, ecs: Ecs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A traceback is many events of one moment, and stays as it was written."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account.number)
    account.deploy(rendered(account.folder), STACK)
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", ecs.url)
    lines = ["Traceback (most recent call last):", '  File "app.py", line 1', "    raise ValueError", "ValueError"]
    ecs.answers["FilterLogEvents"] = {
        "events": [{"timestamp": 2000, "message": line} for line in lines] + [{"timestamp": 1000, "message": "before"}]
    }
    said = run("logs", "dev", "--minutes", "60", "--filter", "ERROR")
    assert said.status == 0, said.err
    printed = said.out.splitlines()
    for name in ("app", "migrate"):
        told = [line for line in printed if f" {name:<7} " in line]
        assert told == [f"00:00:01 {name:<7} before", *(f"00:00:02 {name:<7} {line}" for line in lines)]
    assert said.err == "10 lines of the last 60 minutes.\n"
    asked = ecs.calls("FilterLogEvents")
    assert len({each["logGroupName"] for each in asked}) == 2
    assert {each["filterPattern"] for each in asked} == {"ERROR"}


@pytest.mark.usefixtures("run")
def test_control_c_closes_a_tunnel(account: Account) -> None:
    """In its own time, and that is a good end."""
    outputs = {"BastionInstanceId": "i-1", "DatabaseHost": "books.rds", "DatabaseSecretArn": "arn:aws:secretsmanager:::secret:rds!db-1"}
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": {name: {"Value": text} for name, text in outputs.items()}}
    account.client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(template))
    session = "trap 'sleep 1; echo Exiting session; exit 130' INT\necho Waiting for connections\nwhile :; do sleep 0.1; done"
    for name, text in (("session-manager-plugin", ""), ("aws", session)):
        (account.folder / "bin" / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (account.folder / "bin" / name).chmod(0o755)
    terminal = Terminal([sys.executable, "-m", "ci", "tunnel", "dev", "--project", str(account.folder)], 160, 24)
    assert "Waiting for connections" in terminal.until(lambda text: "Waiting" in text)
    # A shell would take what follows ! for an older command.
    assert "--secret-id 'arn:aws:secretsmanager:::secret:rds!db-1' --query" in terminal.text
    terminal.press(b"\x03")
    assert terminal.end() == 0, terminal.text
    assert terminal.text.splitlines()[-1] == "The tunnel is closed."
    assert "Exiting session" in terminal.text

    (account.folder / "bin" / "aws").write_text("#!/bin/sh\nexit 254\n", encoding="utf-8")
    terminal = Terminal([sys.executable, "-m", "ci", "tunnel", "dev", "--project", str(account.folder)], 160, 24)
    assert terminal.end() == 1
    assert "closed" not in terminal.text
