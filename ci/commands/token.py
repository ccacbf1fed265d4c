"""Gets an editor's access token: signs in at Cognito's pages with a browser, by the code flow with PKCE."""

import argparse
import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

from ci.deployed import stacks, verb
from ci.deployed.environment import Deployed
from ci.deployed.errors import FailedError, RefusedError
from ci.deployed.verb import say
from templates.layers.api.cognito import CALLBACK

EXAMPLES = """\
  python -m ci token dev --create-editor ada@example.org     once: Cognito sends her a first password
  TOKEN=$(python -m ci token dev)
  curl -H "Authorization: $TOKEN" ...
"""


def main(arguments: Sequence[str]) -> int:
    """Run the verb; return its exit status."""
    parser = verb.parser("token", "Print an editor's access token, which is good for an hour.", EXAMPLES)
    parser.add_argument("--create-editor", metavar="EMAIL", help="make an editor instead")
    parser.add_argument("--seconds", type=verb.amount, default=300, metavar="N", help="how long to wait for the sign-in (300)")
    return verb.run(parser, arguments, _token)


def _token(deployed: Deployed, options: argparse.Namespace) -> int:
    outputs = stacks.root(deployed).outputs
    if "UserPoolId" not in outputs:
        raise RefusedError(f'{deployed.name} has no editors: api.authorization is "{deployed.settings.api.authorization}", not "cognito".')
    if options.create_editor is not None:
        _create(deployed, outputs["UserPoolId"], options.create_editor)
        say(f"{options.create_editor} gets a first password by e-mail. Next: python -m ci token {deployed.name}")
        return 0
    verifier, state = secrets.token_urlsafe(64), secrets.token_urlsafe(16)
    say(f"Sign in with a browser on this machine:\n{address(outputs, deployed.settings.contract.write_scope, verifier, state)}")
    code = receive(state, options.seconds)
    print(exchange(outputs, code, verifier))
    return 0


def _create(deployed: Deployed, pool: str, email: str) -> None:
    if not email:
        raise RefusedError("No editor was made: give an e-mail address.")
    cognito = deployed.client("cognito-idp")
    attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
    try:
        cognito.admin_create_user(UserPoolId=pool, Username=email, UserAttributes=attributes, DesiredDeliveryMediums=["EMAIL"])
    except cognito.exceptions.UsernameExistsException:
        raise RefusedError(f"{email} is an editor of {deployed.name} already.") from None
    except cognito.exceptions.InvalidParameterException as error:
        raise RefusedError(f"No editor was made of {email}: {error.response['Error']['Message']} Give an e-mail address.") from None


def address(outputs: Mapping[str, str], scope: str, verifier: str, state: str) -> str:
    """Of the sign-in page, for a token with the scope; the verifier itself stays here (RFC 7636)."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": outputs["EditorClientId"],
        "redirect_uri": CALLBACK,
        "scope": f"openid {scope}",
        "state": state,
        "code_challenge_method": "S256",
        "code_challenge": challenge,
    }
    return f"{outputs['SignInUrl']}/oauth2/authorize?{urlencode(query)}"


def receive(state: str, seconds: float) -> str:
    """Wait for the browser to bring the code."""
    got: dict[str, list[str]] = {}
    where = urlsplit(CALLBACK)

    class Callback(BaseHTTPRequestHandler):
        """Answers the page that Cognito sends the browser to."""

        timeout = 5

        def do_GET(self) -> None:
            """Keep what came for us; anything else on this machine may ask too."""
            asked = urlsplit(self.path)
            values = parse_qs(asked.query)
            if asked.path == where.path and values.get("state") == [state]:
                got.update(values)
            self.send_response(200 if got else 404)
            self.end_headers()
            self.wfile.write(b"Back to the terminal." if got else b"Not for us.")

        def log_message(self, *_: object) -> None:
            """Say nothing: the line would have the code in it."""

    try:
        # The address that localhost is, also where no file says so.
        server = HTTPServer(("127.0.0.1", where.port or 80), Callback)
    except OSError as error:
        raise RefusedError(f"{where.netloc} cannot be listened on, where the sign-in page sends its answer: {error}. Free it.") from None
    with server:
        server.timeout = 1
        until = time.monotonic() + seconds
        while not got:
            if time.monotonic() > until:
                raise FailedError(f"No token: nobody signed in within {seconds:g} seconds.")
            server.handle_request()
    if "code" not in got:
        raise FailedError(f"No token: {'; '.join(got.get('error_description', got.get('error', ['the page sent no code'])))}.")
    return got["code"][0]


def exchange(outputs: Mapping[str, str], code: str, verifier: str) -> str:
    """The access token for a code."""
    form = {
        "grant_type": "authorization_code",
        "client_id": outputs["EditorClientId"],
        "redirect_uri": CALLBACK,
        "code": code,
        "code_verifier": verifier,
    }
    request = Request(f"{outputs['SignInUrl']}/oauth2/token", data=urlencode(form).encode())  # noqa: S310 our stack's own output
    try:
        with urlopen(request, timeout=30) as answer:  # noqa: S310 see above
            token: str = json.load(answer)["access_token"]
            return token
    except HTTPError as error:
        raise FailedError(f"Cognito gave no token: {error.read().decode(errors='replace')}. Sign in again.") from None
    except OSError as error:
        raise FailedError(f"{outputs['SignInUrl']} cannot be reached: {error}.") from None
