"""Whoever writes is authorized as the settings say; reading is open.

A method that changes something without its authorizer lets everybody on the Internet change the catalogue.
"""

from collections.abc import Generator, Iterator
from typing import Any

from ci.model import Deployment, Reference
from ci.rules import Finding

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html"
REMEDY = "Leave authorization to templates/layers/api/authorization.py."

READS = ("GET", "HEAD", "OPTIONS")
KEYS = ("AuthorizationType", "AuthorizerId", "AuthorizationScopes", "ApiKeyRequired")

WRITES: dict[str, dict[str, Any]] = {
    "none": {"AuthorizationType": "NONE"},
    "iam": {"AuthorizationType": "AWS_IAM"},
    "api_key": {"AuthorizationType": "NONE", "ApiKeyRequired": True},
}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare each method with what the setting asks of it, and look at what it refers to."""
    kind = deployment.environment.api.authorization
    writes = (yield from _cognito(deployment)) if kind == "cognito" else WRITES[kind]
    for method in deployment.of("AWS::ApiGateway::Method"):
        wanted = {"AuthorizationType": "NONE"} if method.get("HttpMethod") in READS else writes
        found = {key: method.get(key) for key in KEYS if method.get(key) not in (None, False)}
        if found != wanted:
            yield Finding(method, f"is authorized by {_text(found)}, not by {_text(wanted)}.")
    for plan in deployment.of("AWS::ApiGateway::UsagePlan"):
        stages = deployment.of("AWS::ApiGateway::Stage")
        if plan.need("ApiStages") != [{"ApiId": stage.get("RestApiId"), "Stage": Reference(stage)} for stage in stages]:
            yield Finding(plan, "is not for the API's stage.")
    if kind == "api_key":
        key, plan = deployment.only("AWS::ApiGateway::ApiKey"), deployment.only("AWS::ApiGateway::UsagePlan")
        links = [link.properties for link in deployment.of("AWS::ApiGateway::UsagePlanKey")]
        if links != [{"KeyId": Reference(key), "KeyType": "API_KEY", "UsagePlanId": Reference(plan)}]:
            yield Finding(key, "has no usage plan, or another one.")
        if key.get("Enabled") is not True or key.get("Value") is not None:
            yield Finding(key, "is switched off, or has its value in a template.")


def _cognito(deployment: Deployment) -> Generator[Finding, None, dict[str, Any]]:
    authorizer, pool = deployment.only("AWS::ApiGateway::Authorizer"), deployment.only("AWS::Cognito::UserPool")
    server, client = deployment.only("AWS::Cognito::UserPoolResourceServer"), deployment.only("AWS::Cognito::UserPoolClient")
    if authorizer.get("Type") != "COGNITO_USER_POOLS" or authorizer.get("ProviderARNs") != [Reference(pool, "Arn")]:
        yield Finding(authorizer, "does not ask the user pool.")
    if authorizer.target("RestApiId") is not deployment.only("AWS::ApiGateway::RestApi"):
        yield Finding(authorizer, "belongs to another API.")
    if authorizer.get("IdentitySource") != "method.request.header.Authorization":
        yield Finding(authorizer, "does not look for the token in the Authorization header.")
    scope = f"{server.get('Identifier')}/{server.get('Scopes', 0, 'ScopeName')}"
    if scope not in client.get("AllowedOAuthScopes", default=[]):
        yield Finding(client, f"cannot ask for the scope {scope}, which writing needs.")
    for resource in (server, client, deployment.only("AWS::Cognito::UserPoolDomain")):
        if resource.target("UserPoolId") is not pool:
            yield Finding(resource, "belongs to another user pool.")
    return {"AuthorizationType": "COGNITO_USER_POOLS", "AuthorizerId": Reference(authorizer), "AuthorizationScopes": [scope]}


def _text(properties: dict[str, Any]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in properties.items()) or "nothing"
