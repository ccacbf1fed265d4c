"""Faults of the network: what opens it, what closes a way that somebody takes, and what is not encrypted on the way."""

import pytest

from tests.verify.faults import MISSING, Fault, more, of

WORLD = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
FRONT = "load_balancing"


def added(name: str, kind: str, properties: dict[str, object]) -> tuple[str, tuple[str | int, ...], object]:
    """A resource that is not there."""
    return name, ("Resources", "Added"), {"Type": f"AWS::{kind}", "Properties": properties}


GROUP = {"Fn::GetAtt": ["ServiceSecurityGroup", "GroupId"]}
FAULTS = (
    # Who reaches whom.
    Fault("flows", "network", of("ServiceToDatabaseEgress", "FromPort"), 1, says="opens one end of a flow"),
    Fault("flows", "network", of("ServiceToDatabaseEgress", "IpProtocol"), "-1", says="opens the protocol -1"),
    Fault("flows", "network", ("Resources", "ServiceToDatabaseIngress"), MISSING, says="service cannot reach database on port 5432"),
    Fault("flows", "network", ("Resources", "AlbToServiceEgress"), MISSING, says="alb cannot reach service on port 8080"),
    Fault(
        "flows",
        *added("network", "EC2::SecurityGroupEgress", {**WORLD, "GroupId": GROUP, "CidrIp": "0.0.0.0/0"}),
        says="opens to 0.0.0.0/0",
    ),
    Fault("flows", *added("network", "EC2::SecurityGroupIngress", {**WORLD, "GroupId": GROUP, "CidrIpv6": "::/0"}), says="opens to ::/0"),
    Fault(
        "flows", *added("network", "EC2::SecurityGroupEgress", {**WORLD, "GroupId": GROUP, "DestinationPrefixListId": "pl-1"}), says="pl-1"
    ),
    Fault("flows", "network", of("ServiceSecurityGroup", "SecurityGroupEgress"), MISSING, says="lets everything out"),
    Fault("flows", "network", of("ServiceSecurityGroup", "SecurityGroupEgress", 0, "CidrIp"), "0.0.0.0/0", says="opens to 0.0.0.0/0"),
    Fault("flows", "database", of("Instance", "VPCSecurityGroups"), MISSING, says="in no security group"),
    Fault("flows", FRONT, of("Alb", "SecurityGroups"), [], says="in no security group"),
    # Ways in and out.
    Fault("private", *added("network", "EC2::InternetGateway", {}), says="is a way to the Internet"),
    Fault("private", *added("network", "EC2::NatGateway", {"SubnetId": {"Ref": "ServiceSubnetA"}}), says="is a way to the Internet"),
    Fault("private", *added("network", "EC2::VPCPeeringConnection", {"VpcId": {"Ref": "Vpc"}}), says="is a way to another network"),
    Fault("private", *added(FRONT, "S3::Bucket", {}), says="BlockPublicPolicy"),
    Fault(
        "private", FRONT, of("AccessLogs", "PublicAccessBlockConfiguration", "BlockPublicPolicy"), False, says="BlockPublicPolicy = False"
    ),
    Fault("private", "network", of("ServiceSubnetA", "MapPublicIpOnLaunch"), True, says="MapPublicIpOnLaunch"),
    Fault("private", FRONT, of("Alb", "Scheme"), MISSING, says="has no Scheme, which is internet-facing then"),
    Fault("private", FRONT, of("Alb", "IpAddressType"), "dualstack-without-public-ipv4", says="IpAddressType"),
    Fault("private", "database", of("Instance", "PubliclyAccessible"), True, says="PubliclyAccessible = True"),
    Fault(
        "private",
        "service",
        of("Service", "NetworkConfiguration", "AwsvpcConfiguration", "AssignPublicIp"),
        "ENABLED",
        says="AssignPublicIp",
    ),
    # Data apart.
    Fault("data-apart", "root", of("Database", "Parameters", "DataSubnetIds", "Fn::GetAtt", 1), "Outputs.ServiceSubnetIds", says="shares"),
    Fault("data-apart", "root", of("Database", "Parameters", "DatabaseSecurityGroupId", "Fn::GetAtt", 1), "Outputs.ServiceSecurityGroupId"),
    Fault("data-apart", "network", of("DataRoutesA", "RouteTableId", "Ref"), "ServiceRouteTable", says="shares the routes of"),
    # Subnets and zones.
    Fault("subnets", "network", of("ServiceSubnetA", "CidrBlock"), "10.0.64.0/18", says="overlaps with"),
    Fault("subnets", "network", of("ServiceSubnetA", "CidrBlock"), "10.1.0.0/19", says="outside network.Vpc"),
    Fault("subnets", "network", of("ServiceSubnetA", "AvailabilityZone"), "us-east-1z", says="not a zone of network.zones"),
    Fault("subnets", "network", of("Vpc", "CidrBlock"), "10.0.0.0/8", says="a VPC is a /16 to a /28"),
    Fault("subnets", "network", ("Resources", "ServiceRoutesA"), MISSING, says="has 0 route tables of its own"),
    Fault("subnets", FRONT, of("Alb", "Subnets"), {"Fn::Select": [0, {"Ref": "IngressSubnetIds"}]}, says="is in one zone"),
    Fault("subnets", "database", of("Subnets", "SubnetIds"), [{"Fn::Select": [0, {"Ref": "DataSubnetIds"}]}], says="is in one zone"),
    Fault(
        "subnets",
        "endpoints",
        of("LogsEndpoint", "SubnetIds"),
        [{"Fn::Select": [0, {"Ref": "ServiceSubnetIds"}]}],
        says="is not in every zone",
    ),
    Fault(
        "subnets",
        "endpoints",
        of("LogsEndpoint", "SubnetIds"),
        [{"Fn::Select": [0, {"Ref": "ServiceSubnetIds"}]}, {"Fn::Select": [0, {"Ref": "ServiceSubnetIds"}]}],
        says="two subnets in one zone",
    ),
    # Endpoints.
    Fault("endpoints", "endpoints", of("LogsEndpoint", "PrivateDnsEnabled"), False, says="no private DNS"),
    Fault("endpoints", "endpoints", of("LogsEndpoint", "VpcEndpointType"), "Gateway", says="has interface endpoints alone"),
    Fault("endpoints", "endpoints", of("LogsEndpoint", "ServiceName"), "com.amazonaws.eu-west-1.logs", says="no service that"),
    Fault("endpoints", "network", of("Vpc", "EnableDnsHostnames"), False, says="without EnableDnsHostnames"),
    Fault("endpoints", "network", ("Outputs", "ServiceRouteTableId", "Value", "Ref"), "DataRouteTable", says="from where s3 is called"),
    # Ways that code takes.
    Fault("ways", "network", ("Resources", "ServiceToEndpointsEgress"), MISSING, says="cannot reach endpoints on port 443"),
    Fault("ways", "network", ("Resources", "ServiceToS3"), MISSING, says="cannot reach s3 on port 443"),
    Fault("ways", "network", ("Resources", "ServiceToDatabaseIngress"), MISSING, says="is told database.Instance by DATABASE_HOST"),
    Fault("ways", "network", ("Resources", "BastionToEndpointsIngress"), MISSING, "dev", says="cannot reach endpoints on port 443"),
    Fault("ways", "database", of("Instance", "Port"), "5433", says="on port 5433"),
    # Encryption.
    Fault("encryption", "database", of("Parameters", "Parameters", "rds.force_ssl"), "0", says="without TLS"),
    Fault("encryption", "database", of("Parameters", "Parameters"), more({"ssl_min_protocol_version": "TLSv1"}), says="an old one"),
    Fault("encryption", "api", of("RestApi", "SecurityPolicy"), "TLS_1_0", says="an old one"),
    Fault("encryption", FRONT, of("BlueTargetGroup", "Protocol"), "HTTPS", says="encrypts the connection"),
    Fault("traffic-logs", "network", of("FlowLog", "TrafficType"), "REJECT", says="no flow log that records all traffic"),
    Fault("traffic-logs", "network", of("FlowLog", "MaxAggregationInterval"), 300, says="one or ten minutes"),
    Fault("traffic-logs", FRONT, of("Alb", "LoadBalancerAttributes", 0, "Value"), "false", says="writes no access log"),
)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_it_is_found(fault: Fault) -> None:
    assert fault.says in (said := fault.found()) and said
