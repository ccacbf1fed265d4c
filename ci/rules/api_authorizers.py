"""Whoever writes is authorized as the settings say; reading is open.

A method that changes something without its authorizer lets everybody on the Internet change the service's data.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference, Resource
from ci.rules import Finding

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html"
REMEDY = "Leave authorization to api.authorization in environments/, from which the methods are rendered."

# https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html
STANDARD = {"aws.cognito.signin.user.admin", "email", "openid", "phone", "profile"}
READS = ("GET", "HEAD", "OPTIONS")
KINDS = {"none": "NONE", "iam": "AWS_IAM", "api_key": "NONE", "cognito": "COGNITO_USER_POOLS"}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each method, then at what keys and tokens lead to."""
    kind = deployment.environment.api.authorization
    for method in deployment.of("AWS::ApiGateway::Method"):
        writes = method.get("HttpMethod") not in READS
        found = method.get("AuthorizationType"), bool(method.get("ApiKeyRequired"))
        wanted = (KINDS[kind], kind == "api_key") if writes else ("NONE", False)
        if found != wanted:
            yield Finding(method, f"is authorized by {found[0]}{' and a key' if found[1] else ''}, against api.authorization = {kind}.")
        elif wanted[0] == "COGNITO_USER_POOLS":
            yield from _token(deployment, method)
    for authorizer in deployment.of("AWS::ApiGateway::Authorizer"):
        pools = [Reference(pool, "Arn") for pool in deployment.of("AWS::Cognito::UserPool")]
        given = authorizer.get("ProviderARNs", default=[])
        if authorizer.get("Type") != "COGNITO_USER_POOLS" or not given or any(pool not in pools for pool in given):
            yield Finding(authorizer, "does not ask a user pool of these templates.")
        if authorizer.get("IdentitySource") != "method.request.header.Authorization":
            yield Finding(authorizer, "does not look for the token in the Authorization header.")
    offered = _offered(deployment) | STANDARD
    for client in deployment.of("AWS::Cognito::UserPoolClient"):
        if unknown := set(client.get("AllowedOAuthScopes", default=[])) - offered:
            yield Finding(client, f"asks for {', '.join(sorted(map(str, unknown)))}, which no resource server offers: Cognito refuses it.")
    if kind == "api_key":
        yield from _keys(deployment)


def _token(deployment: Deployment, method: Resource) -> Iterator[Finding]:
    scope = deployment.environment.contract.write_scope
    if method.get("AuthorizationScopes") != [scope]:
        yield Finding(method, f"does not ask for the scope {scope}: any token of the pool would do, or none.")
    authorizer = method.target("AuthorizerId")
    if authorizer.type != "AWS::ApiGateway::Authorizer" or authorizer.get("RestApiId") != method.get("RestApiId"):
        yield Finding(method, f"is authorized by {authorizer.label}, which is not an authorizer of its API.")
    asked = {each for client in deployment.of("AWS::Cognito::UserPoolClient") for each in client.get("AllowedOAuthScopes", default=[])}
    if scope not in _offered(deployment) & asked:
        yield Finding(method, f"asks for the scope {scope}, which no resource server offers or no client may ask for.")


def _offered(deployment: Deployment) -> set[str]:
    servers = deployment.of("AWS::Cognito::UserPoolResourceServer")
    return {f"{server.get('Identifier')}/{each.get('ScopeName')}" for server in servers for each in server.get("Scopes", default=[])}


def _keys(deployment: Deployment) -> Iterator[Finding]:
    stages = [{"ApiId": stage.get("RestApiId"), "Stage": Reference(stage)} for stage in deployment.of("AWS::ApiGateway::Stage")]
    links = [link.properties for link in deployment.of("AWS::ApiGateway::UsagePlanKey")]
    open_to = {link.get("KeyId") for link in links for plan in _plans(deployment, link) if _covers(plan, stages)}
    keys = deployment.of("AWS::ApiGateway::ApiKey")
    if not keys:
        yield Finding(None, "There is no API key, and writing needs one.")
    for key in keys:
        if Reference(key) not in open_to:
            yield Finding(key, "is in no usage plan for the API's stage.")
        if key.get("Enabled") is not True or key.get("Value") is not None:
            yield Finding(key, "is switched off, or has its value in a template.")


def _plans(deployment: Deployment, link: dict[str, object]) -> list[Resource]:
    plans = deployment.of("AWS::ApiGateway::UsagePlan")
    return [plan for plan in plans if (link.get("UsagePlanId"), link.get("KeyType")) == (Reference(plan), "API_KEY")]


def _covers(plan: Resource, stages: list[dict[str, object]]) -> bool:
    # A throttle for each method may stand beside them.
    given = [{name: each.get(name) for name in ("ApiId", "Stage")} for each in plan.get("ApiStages", default=[])]
    return bool(given) and all(each in given for each in stages) and all(each in stages for each in given)
