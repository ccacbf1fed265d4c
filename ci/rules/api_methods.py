"""The gateway passes the operations of the service's OpenAPI document, each to its own path, and nothing else.

A method too many lets through what nobody documented; a path or method that differs between gateway and service answers something else.
"""

from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.rules import Finding
from templates.api.operations import Operation, operations

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/setup-http-integrations.html"
REMEDY = "Make books_api/openapi.json anew from the service, and render."


def documented(deployment: Deployment) -> dict[tuple[str, str], Operation]:
    """The operations, by method and path; with CORS each path also takes OPTIONS."""
    found = {(operation.method, operation.path): operation for operation in operations()}
    if deployment.environment.api.cors_origins:
        found |= {("OPTIONS", path): Operation("OPTIONS", path, "", "") for _, path in list(found)}
    return found


def path_of(method: Resource) -> str:
    """The path of a method, from the resources that it stands under."""
    parts: list[str] = []
    resource = method.target("ResourceId")
    while resource.type == "AWS::ApiGateway::Resource" and len(parts) < 20:
        parts.insert(0, str(resource.need("PathPart")))
        resource = resource.target("ParentId")
    return "/" + "/".join(parts)


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare methods with operations, and each method's own path with the backend's."""
    wanted = documented(deployment)
    api = deployment.only("AWS::ApiGateway::RestApi")
    seen: dict[tuple[str, str], Resource] = {}
    for method in deployment.of("AWS::ApiGateway::Method"):
        key = (str(method.need("HttpMethod")), path_of(method))
        if key not in wanted:
            yield Finding(method, f"passes {key[0]} {key[1]}, which is not in the service's document.")
        if key in seen:
            yield Finding(method, f"is {key[0]} {key[1]}, as {seen[key].label} is.")
        seen[key] = method
        if method.get("Integration", "IntegrationHttpMethod") != key[0]:
            yield Finding(method, f"reaches the service as {method.get('Integration', 'IntegrationHttpMethod')}, not as {key[0]}.")
        if not str(method.get("Integration", "Uri")).endswith(f"}}{key[1]}") and not str(method.get("Integration", "Uri")).endswith(
            f"{deployment.environment.certificate_domain}{key[1]}"
        ):
            yield Finding(method, f"leads to {method.get('Integration', 'Uri')}, not to {key[1]}.")
    for name, path in wanted.keys() - seen.keys():
        yield Finding(api, f"does not pass {name} {path}, which the service documents.")
    for resource in deployment.of("AWS::ApiGateway::Method", "AWS::ApiGateway::Resource", "AWS::ApiGateway::GatewayResponse"):
        if resource.target("RestApiId") is not api:
            yield Finding(resource, "belongs to another API.")
