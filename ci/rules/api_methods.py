"""The gateway passes the operations of the service's API document, each as it is to its own path behind the VPC link, and nothing else.

A method too many lets through what nobody documented; a path or method that differs between gateway and service answers something else; a
header that one method does not set is one that callers can.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ci.model import Deployment, Reference, Resource
from ci.model.entrance import entrance, host
from ci.model.values import text
from ci.rules import Finding, shown

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-set-up-private-integration.html"
REMEDY = "Write the document again from the service (make openapi), and render: the methods are made from it."

METHODS = ("delete", "get", "head", "options", "patch", "post", "put")
LINKS = ("AWS::ApiGateway::VpcLink", "AWS::ApiGatewayV2::VpcLink")
# What would change a request on the way.
CHANGES = {"PassthroughBehavior", "RequestTemplates"}
HEADER = "integration.request.header."
# What API Gateway knows of the request itself, and constants.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
KNOWN = re.compile(r"context\.(domainName|extendedRequestId|httpMethod|identity\.sourceIp|path|protocol|requestId|stage)|'[^']*'")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare methods with operations, and each integration with where it has to lead."""
    wanted = _documented(deployment)
    seen: dict[tuple[str, str], Resource] = {}
    methods = deployment.of("AWS::ApiGateway::Method")
    headers = {name for method in methods for name in _mapped(method) if name.startswith(HEADER)}
    for method in methods:
        key = (str(method.need("HttpMethod")), path_of(method))
        if key not in wanted:
            yield Finding(method, f"passes {key[0]} {key[1]}, which is not in the service's document.")
        if key in seen:
            yield Finding(method, f"is {key[0]} {key[1]}, as {seen[key].label} is.")
        seen[key] = method
        yield from (Finding(method, end) for end in _integration(deployment, method, *key))
        yield from (Finding(method, end) for end in _parameters(deployment, method, key[1], headers))
    for name, path in sorted(wanted - seen.keys()):
        yield Finding(None, f"The gateway does not pass {name} {path}, which the service documents.")
    for resource in deployment.of("AWS::ApiGateway::Method", "AWS::ApiGateway::Resource"):
        where = resource.target("ResourceId" if resource.type.endswith("Method") else "ParentId")
        if resource.get("RestApiId") != where.get("RestApiId", default=Reference(where)):
            yield Finding(resource, f"belongs to another API than {where.label}.")


def _documented(deployment: Deployment) -> set[tuple[str, str]]:
    """The operations, as method and path; with CORS each path also takes OPTIONS."""
    contract = deployment.environment.contract
    paths = msgspec.json.decode((contract.path / contract.document).read_bytes())["paths"]
    preflight = {("OPTIONS", path) for path in paths} if deployment.environment.api.cors_origins else set()
    return {(name.upper(), path) for path, operations in paths.items() for name in operations if name in METHODS} | preflight


def path_of(method: Resource) -> str:
    """The path of a method, from the resources above it."""
    parts: list[str] = []
    resource = method.target("ResourceId")
    while resource.type == "AWS::ApiGateway::Resource" and len(parts) < 20:
        parts.insert(0, str(resource.need("PathPart")))
        resource = resource.target("ParentId")
    return "/" + "/".join(parts)


def _integration(deployment: Deployment, method: Resource, name: str, path: str) -> Iterator[str]:
    found = method.need("Integration")
    if (found.get("Type"), found.get("ConnectionType")) != ("HTTP_PROXY", "VPC_LINK") or found.keys() & {
        "PassthroughBehavior",
        "RequestTemplates",
    }:
        yield "does not pass requests on as they are, through the VPC link."
    if method.target("Integration", "ConnectionId").type not in LINKS:
        yield "is connected to something other than a VPC link."
    if found.get("IntegrationHttpMethod") != name:
        yield f"reaches the service as {found.get('IntegrationHttpMethod')}, not as {name}."
    # A link of the first version leads to one load balancer, one of the second is told by each method.
    target = Reference(entrance(deployment)) if method.target("Integration", "ConnectionId").type == LINKS[1] else None
    if found.get("IntegrationTarget") != target:
        yield f"names the target {shown(found.get('IntegrationTarget'))}, not {shown(target)}."
    uri = text(["https://" if deployment.environment.end_to_end else "http://", host(deployment), path])
    if found.get("Uri") != uri:
        yield f"leads to {shown(found.get('Uri'))}, not to {uri}."


def _parameters(deployment: Deployment, method: Resource, path: str, headers: set[str]) -> Iterator[str]:
    """Each part of the path in braces is passed on, and each header that any method sets comes from the gateway."""
    names = re.findall(r"{(\w+)}", path)
    given = _mapped(method)
    if method.get("RequestParameters", default={}) != {f"method.request.path.{name}": True for name in names}:
        yield "does not take the parameters of its path."
    for name in names:
        if given.get(f"integration.request.path.{name}") != f"method.request.path.{name}":
            yield f"does not pass on the part {name} of its path."
    for header in sorted(headers):
        value = str(given.get(header))
        if KNOWN.fullmatch(value) is None:
            yield f"lets callers set the header {header.removeprefix(HEADER)}: it is {value}, nothing that the gateway knows."
        elif value.startswith("'/") and value != _prefix(deployment):
            yield f"tells the service the path {value}, but the API is at {_prefix(deployment)}."
    if unknown := sorted(given.keys() - headers - {f"integration.request.path.{name}" for name in names}):
        yield f"maps {', '.join(unknown)}, which is neither a header nor a part of its path."


def _mapped(method: Resource) -> Mapping[str, Any]:
    found: Mapping[str, Any] = method.get("Integration", "RequestParameters", default={})
    return found


def _prefix(deployment: Deployment) -> str:
    """Where the API begins: at a domain of its own, or below its stage's name."""
    stages = deployment.of("AWS::ApiGateway::Stage")
    return "'/'" if deployment.of("AWS::ApiGateway::BasePathMapping") or not stages else f"'/{stages[0].get('StageName')}'"
