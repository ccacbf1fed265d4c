"""The AWS services inside the network: an endpoint for each one that a layer's code calls, and no other."""

from collections.abc import Sequence

from awacs.aws import Allow, Condition, PolicyDocument, Principal, Statement, StringEquals
from troposphere import Ref, Select
from troposphere.ec2 import VPCEndpoint

from facts.endpoints import GATEWAYS
from templates import policies
from templates.layer import Call, Layer
from templates.settings import Environment


def endpoints(environment: Environment, calls: Sequence[Call]) -> Layer:
    """Interface and gateway endpoints, each with a policy that allows just the calls."""
    layer = Layer("endpoints", environment, "the AWS services that the tasks call, inside the network", tier="service")
    by_service: dict[str, list[Call]] = {}
    for call in calls:
        by_service.setdefault(call.service, []).append(call)
    ids = [Ref(_endpoint(layer, service, by_service[service])) for service in sorted(by_service)]
    layer.provides("EndpointIds", ids, "The endpoints that tasks need before they start")
    return layer


def _endpoint(layer: Layer, service: str, calls: Sequence[Call]) -> VPCEndpoint:
    environment = layer.environment
    endpoint = VPCEndpoint(
        f"{''.join(part.capitalize() for part in service.replace('-', '.').split('.'))}Endpoint",
        VpcId=layer.needs("VpcId"),
        ServiceName=f"com.amazonaws.{environment.region}.{service}",
        PolicyDocument=_policy(calls),
    )
    # Reached through the route table and free of charge; all others are interfaces with an address in the subnets.
    if service in GATEWAYS:
        endpoint.VpcEndpointType = "Gateway"
        endpoint.RouteTableIds = [layer.needs("ServiceRouteTableId")]
        return layer.add(endpoint, f"{GATEWAYS[service]} for the service tier, through its route table")
    subnets = layer.subnets()
    endpoint.VpcEndpointType = "Interface"
    endpoint.PrivateDnsEnabled = True
    endpoint.SubnetIds = [Select(0, subnets)] if environment.network.endpoint_zones == "one" else subnets
    endpoint.SecurityGroupIds = [layer.group("endpoints")]
    endpoint.Tags = layer.name_tag(service.replace(".", "-"))
    return layer.add(endpoint, f"{service} inside the network")


def _policy(calls: Sequence[Call]) -> PolicyDocument:
    # https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    ours = Condition(StringEquals("aws:PrincipalAccount", policies.ACCOUNT))
    statements = {
        str((call.actions, [str(getattr(resource, "data", resource)) for resource in call.resources])): Statement(
            Effect=Allow,
            Principal=Principal("*"),
            Action=list(call.actions),
            Resource=list(call.resources),
            **({} if call.signed_by_aws else {"Condition": ours}),
        )
        for call in calls
    }
    return policies.document(*statements.values())
