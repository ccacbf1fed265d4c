"""Every method passes the request as it is through the VPC link to the entrance, with headers that no caller can set.

The service builds its links from those headers, since it sees the name of a balancer.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference, Resource
from ci.model.entrance import entrance
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-set-up-private-integration.html"
REMEDY = "Leave integrations to templates/layers/api/methods.py."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each method's integration, and what it leads to."""
    environment = deployment.environment
    for method in deployment.of("AWS::ApiGateway::Method"):
        if method.get("Integration", "Type") != "HTTP_PROXY" or method.get("Integration", "ConnectionType") != "VPC_LINK":
            yield Finding(method, "does not pass requests on through the VPC link.")
        if method.target("Integration", "ConnectionId").type not in ("AWS::ApiGateway::VpcLink", "AWS::ApiGatewayV2::VpcLink"):
            yield Finding(method, "is connected to something that is no VPC link.")
        target = method.get("Integration", "IntegrationTarget")
        if target != (Reference(entrance(deployment)) if environment.ingress == "alb" else None):
            yield Finding(method, "names another target than the ALB that a VPC link v2 needs, or one that v1 does not take.")
        yield from _parameters(deployment, method)
        if method.get("Integration", "PassthroughBehavior") is not None or method.get("Integration", "RequestTemplates") is not None:
            yield Finding(method, "changes what it passes on.")


def _parameters(deployment: Deployment, method: Resource) -> Iterator[Finding]:
    environment = deployment.environment
    wanted = {
        "integration.request.header.X-Public-Host": "context.domainName",
        "integration.request.header.X-Public-Prefix": "'/'" if environment.api.domain else f"'/{environment.name}'",
        "integration.request.header.X-Public-Proto": "'https'",
    }
    names = [part.split("}")[0] for part in str(method.get("Integration", "Uri")).split("/{")[1:]]
    wanted |= {f"integration.request.path.{name}": f"method.request.path.{name}" for name in names}
    if method.get("Integration", "RequestParameters") != wanted:
        yield Finding(method, "does not tell the service the public host, prefix, protocol and path parameters.")
    if method.get("RequestParameters", default={}) != {f"method.request.path.{name}": True for name in names}:
        yield Finding(method, "does not take the parameters of its path.")
