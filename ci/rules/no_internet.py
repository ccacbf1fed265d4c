"""There is no way to or from the Internet, or to any other network: no gateway, route, peering or public address.

The gateway's API is the one way in, and VPC endpoints are the one way to AWS.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Finding

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-igw-internet-access.html"
REMEDY = "Remove it; what needs AWS gets an endpoint, and people come through the bastion."

# What may stand in the network. All else of EC2 (gateways, routes, addresses, peerings, ...) is a way out or not known to be none.
KNOWN = {
    "FlowLog",
    "Instance",
    "RouteTable",
    "SecurityGroup",
    "SecurityGroupEgress",
    "SecurityGroupIngress",
    "Subnet",
    "SubnetRouteTableAssociation",
    "VPC",
    "VPCEndpoint",
}
# Properties by which AWS gives out public addresses, and the one value of each that gives none.
PRIVATE = {
    ("AWS::EC2::Subnet", "MapPublicIpOnLaunch"): (False, None),
    ("AWS::EC2::Subnet", "AssignIpv6AddressOnCreation"): (False, None),
    ("AWS::EC2::Subnet", "Ipv6CidrBlock"): (None,),
    ("AWS::EC2::Instance", "NetworkInterfaces"): (None,),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Scheme"): ("internal",),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "IpAddressType"): ("ipv4", None),
    ("AWS::RDS::DBInstance", "PubliclyAccessible"): (False,),
}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at every resource of EC2, and at every public address."""
    for resource in deployment:
        service, _, kind = resource.type.removeprefix("AWS::").partition("::")
        if service == "EC2" and kind not in KNOWN:
            yield Finding(resource, f"is a {resource.type}, which this network must not have.")
    for (kind, name), values in PRIVATE.items():
        for resource in deployment.of(kind):
            if resource.get(name) not in values:
                yield Finding(resource, f"has {name} = {resource.get(name)}, which makes it reachable from outside.")
    for tasks in deployment.of("AWS::ECS::Service"):
        if tasks.get("NetworkConfiguration", "AwsvpcConfiguration", "AssignPublicIp", default="DISABLED") != "DISABLED":
            yield Finding(tasks, "gives its tasks public addresses.")
