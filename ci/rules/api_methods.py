"""The gateway passes the operations of the service's OpenAPI document, each to its own path, and nothing else.

A method too many lets through what nobody documented; a path or method that differs between gateway and service answers something else.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from ci.model import Deployment, Resource
from ci.model.entrance import host
from ci.model.values import text
from ci.rules import Finding, shown

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/setup-http-integrations.html"
REMEDY = "Make books_api/openapi.json anew from the service, and render."

DOCUMENT = Path(__file__).parents[2] / "books_api" / "openapi.json"
METHODS = ("delete", "get", "head", "options", "patch", "post", "put")


def documented(deployment: Deployment) -> set[tuple[str, str]]:
    """The operations, as method and path; with CORS each path also takes OPTIONS."""
    paths = json.loads(DOCUMENT.read_text(encoding="utf-8"))["paths"]
    preflight = {("OPTIONS", path) for path in paths} if deployment.environment.api.cors_origins else set()
    return {(name.upper(), path) for path, operations in paths.items() for name in operations if name in METHODS} | preflight


def path_of(method: Resource) -> str:
    """The path of a method, from the resources that it stands under; nowhere where these are no API's."""
    parts: list[str] = []
    resource = method.target("ResourceId")
    while resource.type == "AWS::ApiGateway::Resource" and len(parts) < 20:
        parts.insert(0, str(resource.need("PathPart")))
        resource = resource.target("ParentId")
    return "/" + "/".join(parts) if resource.type == "AWS::ApiGateway::RestApi" else "nowhere"


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare methods with operations, and where each leads with the entrance and its own path."""
    wanted = documented(deployment)
    api = deployment.only("AWS::ApiGateway::RestApi")
    scheme = "https://" if deployment.environment.end_to_end else "http://"
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
        found, uri = method.get("Integration", "Uri"), text([scheme, host(deployment), key[1]])
        if found != uri:
            yield Finding(method, f"leads to {shown(found)}, not to {uri}.")
    for name, path in sorted(wanted - seen.keys()):
        yield Finding(api, f"does not pass {name} {path}, which the service documents.")
    for resource in deployment.of("AWS::ApiGateway::Method", "AWS::ApiGateway::Resource", "AWS::ApiGateway::GatewayResponse"):
        if resource.target("RestApiId") is not api:
            yield Finding(resource, "belongs to another API.")
