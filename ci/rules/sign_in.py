"""Nobody becomes an editor by himself, and an editor's sign-in cannot be guessed, stolen or used elsewhere.

The user pool decides who may write.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from ci.model import Deployment, Resource
from ci.rules import Expected, Finding, expect

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/cognito/latest/developerguide/managing-security.html"
REMEDY = "Restore the property of the user pool or its client."

POOL, CLIENT, PASSWORD = "AWS::Cognito::UserPool", "AWS::Cognito::UserPoolClient", ("Policies", "PasswordPolicy")
CHARACTERS = ("RequireLowercase", "RequireNumbers", "RequireSymbols", "RequireUppercase")
# A password in clear could be tried past the sign-in page, and its second factor.
FLOWS = {"ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"}
UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
# What Cognito takes, and how long a stolen token may live: minutes, or a day for the one that gets others.
# https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
TOKENS = {"AccessToken": (300, 3600), "IdToken": (300, 3600), "RefreshToken": (3600, 86400)}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at sign-up, passwords, second factor, flows and the client."""
    yield from expect(
        deployment,
        Expected(POOL, ("AdminCreateUserConfig", "AllowAdminCreateUserOnly"), True, "everybody could sign up and write"),
        Expected(POOL, ("MfaConfiguration",), lambda mfa: mfa in ("OPTIONAL", "ON"), "editors can have no second factor"),
        Expected(POOL, ("EnabledMfas",), _own_factor, "a second factor by message can be intercepted"),
        Expected(POOL, (*PASSWORD, "MinimumLength"), lambda length: length in range(12, 100), "passwords can be guessed"),
        *(Expected(POOL, (*PASSWORD, kind), True, "passwords can be guessed") for kind in CHARACTERS),
        Expected(POOL, (*PASSWORD, "TemporaryPasswordValidityDays"), lambda days: days in range(1, 8), "invitations stay open"),
        Expected(CLIENT, ("AllowedOAuthFlows",), ["code"], "tokens would travel in addresses"),
        Expected(CLIENT, ("AllowedOAuthFlowsUserPoolClient",), True, "editors cannot sign in"),
        Expected(CLIENT, ("ExplicitAuthFlows",), _safe, "passwords could be tried past the sign-in page"),
        Expected(CLIENT, ("GenerateSecret",), lambda secret: not secret, "a program on editors' machines keeps no secret"),
        Expected(CLIENT, ("PreventUserExistenceErrors",), "ENABLED", "anybody could find out who is an editor"),
        Expected(CLIENT, ("EnableTokenRevocation",), True, "a stolen token could not be revoked"),
        Expected(CLIENT, ("SupportedIdentityProviders",), ["COGNITO"], "editors cannot sign in, or others can"),
        Expected(CLIENT, ("CallbackURLs",), _closed, "tokens would be sent elsewhere"),
    )
    for client in deployment.of(CLIENT):
        yield from (Finding(client, end) for end in _tokens(client))
    pools = deployment.of(POOL)
    for pool in pools:
        if pool.get("UsernameAttributes") and not set(pool.get("UsernameAttributes")) <= set(
            pool.get("AutoVerifiedAttributes", default=[])
        ):
            yield Finding(pool, "does not verify the address with which editors sign in: they could not set a new password.")
    for resource in deployment.of(CLIENT, "AWS::Cognito::UserPoolDomain", "AWS::Cognito::UserPoolResourceServer"):
        if resource.target("UserPoolId") not in pools:
            yield Finding(resource, "belongs to no user pool of these templates.")


def _own_factor(kinds: list[str] | None) -> bool:
    # https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html
    return bool(kinds) and set(kinds or ()) <= {"SOFTWARE_TOKEN_MFA", "WEB_AUTHN_MFA"}


def _safe(flows: list[str] | None) -> bool:
    return bool(flows) and set(flows or ()) <= FLOWS


def _closed(addresses: list[str] | None) -> bool:
    """Whether tokens go over TLS, or to the editor's own machine."""
    parts = [urlsplit(address) for address in addresses or []]
    return bool(parts) and all(part.scheme == "https" or (part.scheme, part.hostname) == ("http", "localhost") for part in parts)


def _tokens(client: Resource) -> Iterator[str]:
    for token, (shortest, longest) in TOKENS.items():
        # Cognito counts access and ID tokens in hours, refresh tokens in days, where nothing else is said.
        unit = client.get("TokenValidityUnits", token, default="days" if token.startswith("Refresh") else "hours")
        seconds = (client.get(f"{token}Validity") or 0) * UNITS.get(unit, 0)
        if not shortest <= seconds <= longest:
            yield f"has a {token} of {seconds} s, not of {shortest} to {longest}: Cognito refuses it, or a stolen one lives long."
