"""Endpoints answer under the names that SDKs call, and gateways are in the routes of everyone who may call through them.

An endpoint without private DNS, or outside its callers' routes, is paid for and used by nobody: what starts in its network hangs.
"""

from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.model.reach import flows, groups_of, kind, standing, subnets_of
from ci.rules import Finding
from facts.endpoints import AGENT_ENDPOINTS, ENDPOINTS, GATEWAYS

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html"
REMEDY = "Next: leave endpoints to templates/layers/endpoints.py, which makes them of the layers' calls (Layer.calls_aws)."

KNOWN = {*AGENT_ENDPOINTS, *(name for names in ENDPOINTS.values() for name in names)}
# Both are needed for private DNS, with what AWS takes where they are not given.
SWITCHES = {"EnableDnsSupport": True, "EnableDnsHostnames": False}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each endpoint's service, kind, names and routes."""
    prefix = f"com.amazonaws.{deployment.environment.region}."
    for endpoint in deployment.of("AWS::EC2::VPCEndpoint"):
        service = str(endpoint.need("ServiceName"))
        name = service.removeprefix(prefix)
        gateway = endpoint.get("VpcEndpointType", default="Gateway") == "Gateway"
        if not service.startswith(prefix) or name not in KNOWN:
            yield Finding(endpoint, f"leads to {service}, which is no service that facts/endpoints.py knows in {prefix[14:-1]}.")
        elif gateway:
            if name not in GATEWAYS:
                yield Finding(endpoint, "is a gateway endpoint, and this service has interface endpoints alone.")
            else:
                yield from _routes(deployment, endpoint, name)
        elif endpoint.get("VpcEndpointType") != "Interface":
            yield Finding(endpoint, f"is a {endpoint.get('VpcEndpointType')} endpoint, neither Interface nor Gateway.")
        elif endpoint.get("PrivateDnsEnabled") is not True:
            yield Finding(endpoint, "has no private DNS: SDKs would call the public name, to which there is no way.")
        for switch, default in SWITCHES.items():
            if not gateway and endpoint.target("VpcId").get(switch, default=default) is not True:
                yield Finding(endpoint, f"is in a VPC without {switch}, so that its private DNS name is not found.")


def _routes(deployment: Deployment, endpoint: Resource, name: str) -> Iterator[Finding]:
    callers = {flow.source for flow in flows(deployment) if flow.target == name}
    tables = endpoint.targets("RouteTableIds") if endpoint.get("RouteTableIds") else []
    reached = {
        association.target("SubnetId")
        for association in deployment.of("AWS::EC2::SubnetRouteTableAssociation")
        if association.target("RouteTableId") in tables
    }
    needed = {subnet for member in standing(deployment) if groups_of(member) and kind(member) in callers for subnet in subnets_of(member)}
    for subnet in sorted(needed - reached, key=lambda subnet: subnet.label):
        yield Finding(endpoint, f"is in no route table of {subnet.label}, from where {name} is called.")
