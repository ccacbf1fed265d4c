"""Endpoints answer under the names that the SDKs call, in the zones that the settings say, and S3 is in the tasks' route table.

An endpoint without private DNS, or outside the tasks' reach, is paid for and used by nobody.
"""

from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.rules import Expected, Finding, expect

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html"
REMEDY = "Put interface endpoints into the service tier with private DNS, and the S3 endpoint into that tier's route table."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at names, VPC, subnets, zones and routes of every endpoint."""
    environment = deployment.environment
    for switch in ("EnableDnsSupport", "EnableDnsHostnames"):
        yield from expect(deployment, Expected("AWS::EC2::VPC", (switch,), True, "private DNS names do not resolve"))
    vpc = deployment.only("AWS::EC2::VPC")
    wanted = 1 if environment.network.endpoint_zones == "one" else len(environment.network.zones)
    for endpoint in deployment.of("AWS::EC2::VPCEndpoint"):
        if endpoint.target("VpcId") is not vpc:
            yield Finding(endpoint, "is not in the VPC.")
        service = str(endpoint.need("ServiceName"))
        if not service.startswith(f"com.amazonaws.{environment.region}."):
            yield Finding(endpoint, f"leads to {service}, which is not a service of {environment.region}.")
        if service.endswith(".s3"):
            yield from _gateway(deployment, endpoint)
            continue
        if endpoint.get("VpcEndpointType") != "Interface":
            yield Finding(endpoint, "is no interface endpoint, and this service offers no other.")
        if endpoint.get("PrivateDnsEnabled") is not True:
            yield Finding(endpoint, "has no private DNS: SDKs would call the public name, to which there is no way.")
        zones = [str(subnet.get("AvailabilityZone")) for subnet in endpoint.targets("SubnetIds")]
        if len(zones) != wanted or len(set(zones)) != wanted:
            yield Finding(endpoint, f"stands in {len(set(zones))} zones, not in {wanted} with one subnet each.")


def _gateway(deployment: Deployment, endpoint: Resource) -> Iterator[Finding]:
    if endpoint.get("VpcEndpointType", default="Gateway") != "Gateway":
        yield Finding(endpoint, "is no gateway endpoint, which alone is free of charge and in the route table.")
    tables = endpoint.targets("RouteTableIds")
    for service in deployment.of("AWS::ECS::Service"):
        for subnet in service.targets("NetworkConfiguration", "AwsvpcConfiguration", "Subnets"):
            routes = [
                association.target("RouteTableId")
                for association in deployment.of("AWS::EC2::SubnetRouteTableAssociation")
                if association.target("SubnetId") is subnet
            ]
            if not set(routes) & set(tables):
                yield Finding(endpoint, f"is in no route table of {subnet.label}, where tasks pull image layers.")
