"""Nobody becomes an editor by himself, and an editor's sign-in cannot be guessed, stolen or used elsewhere.

The user pool decides who may change the catalogue.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Expected, Finding, expect

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/cognito/latest/developerguide/managing-security.html"
REMEDY = "Restore the property in templates/layers/api/cognito.py."

PASSWORD = ("RequireLowercase", "RequireNumbers", "RequireSymbols", "RequireUppercase")
REFUSED = "Cognito refuses it, or a stolen token lives long"


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at sign-up, passwords, second factor, flows and the client."""
    pool, client, password = "AWS::Cognito::UserPool", "AWS::Cognito::UserPoolClient", ("Policies", "PasswordPolicy")
    yield from expect(
        deployment,
        Expected(pool, ("AdminCreateUserConfig", "AllowAdminCreateUserOnly"), True, "everybody could sign up and write"),
        Expected(pool, ("MfaConfiguration",), lambda mfa: mfa in ("OPTIONAL", "ON"), "editors can have no second factor"),
        Expected(pool, ("EnabledMfas",), ["SOFTWARE_TOKEN_MFA"], "a second factor by message can be intercepted, or there is none"),
        Expected(pool, ("UsernameAttributes",), ["email"], "editors sign in by e-mail, and changing it replaces the pool"),
        Expected(pool, ("AutoVerifiedAttributes",), ["email"], "an editor could not set a new password"),
        Expected(pool, (*password, "MinimumLength"), lambda length: length in range(12, 100), "passwords can be guessed"),
        *(Expected(pool, (*password, kind), True, "passwords can be guessed") for kind in PASSWORD),
        Expected(pool, (*password, "TemporaryPasswordValidityDays"), lambda days: days in range(1, 8), "invitations stay open"),
        Expected(client, ("AllowedOAuthFlows",), ["code"], "tokens would travel in addresses"),
        Expected(client, ("AllowedOAuthFlowsUserPoolClient",), True, "editors cannot sign in"),
        Expected(client, ("ExplicitAuthFlows",), ["ALLOW_REFRESH_TOKEN_AUTH"], "passwords could be tried past the sign-in page"),
        Expected(client, ("GenerateSecret",), lambda secret: not secret, "a program on editors' machines keeps no secret"),
        Expected(client, ("PreventUserExistenceErrors",), "ENABLED", "anybody could find out who is an editor"),
        Expected(client, ("EnableTokenRevocation",), True, "a stolen token could not be revoked"),
        Expected(client, ("SupportedIdentityProviders",), ["COGNITO"], "editors cannot sign in, or others can"),
        Expected(client, ("CallbackURLs",), ["http://localhost:8765/callback"], "tokens would be sent elsewhere"),
        Expected(client, ("AllowedOAuthScopes",), ["openid", "books/write"], "editors could not write, or do more than that"),
        Expected(client, ("IdTokenValidity",), lambda minutes: minutes in range(5, 61), REFUSED),
        Expected(client, ("TokenValidityUnits", "IdToken"), "minutes", "a stolen token lives long"),
        Expected(client, ("AccessTokenValidity",), lambda minutes: minutes in range(5, 61), REFUSED),
        Expected(client, ("RefreshTokenValidity",), lambda hours: hours in range(1, 25), REFUSED),
        Expected(client, ("TokenValidityUnits", "AccessToken"), "minutes", "a stolen token lives long"),
        Expected(client, ("TokenValidityUnits", "RefreshToken"), "hours", "a stolen token lives long"),
    )
