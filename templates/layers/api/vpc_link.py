"""The VPC link: v1 reaches the NLB through PrivateLink, v2 the ALB through interfaces in the ingress subnets."""

from troposphere import AWSObject
from troposphere.apigateway import VpcLink
from troposphere.apigatewayv2 import VpcLink as VpcLinkV2

from templates import names
from templates.layer import Layer


def vpc_link(layer: Layer) -> AWSObject:
    """The link of the environment's ingress."""
    environment = layer.environment
    if environment.ingress == "nlb":
        return layer.add(
            VpcLink("VpcLink", Name=names.stack(environment), TargetArns=[layer.needs("EntranceArn")]),
            "The gateway's way into the private network, to the NLB; takes about seven minutes",
        )
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-vpc-links-v2.html
    return layer.add(
        VpcLinkV2(
            # Another id than that of a v1: CloudFormation refuses another type under one id.
            "VpcLinkV2",
            Name=names.stack(environment),
            SubnetIds=layer.subnets(),
            SecurityGroupIds=[layer.group("vpc_link")],
        ),
        "The gateway's way into the private network, to the ALB; takes about two minutes",
    )
