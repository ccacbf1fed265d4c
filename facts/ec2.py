"""The network: VPC, subnets, routes, security groups, endpoints, flow logs; and instances."""

from facts.kinds import After, Answers, Beside, Calls, Facts, Is, Member, Name, Role, Safeguard

PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-"
GROUP, SUBNET = ("AWS::EC2::SecurityGroup", "GroupId"), ("AWS::EC2::Subnet", "Ref")
INTERFACE = Is("VpcEndpointType", ("Interface",), default="Gateway")


def _opening(kind: str, page: str, opens: str) -> Facts:
    """A type that opens the network by being there, of which nothing else matters."""
    return Facts(type=f"AWS::EC2::{kind}", source=f"{PAGE}{page}.html", opens=opens)


_ALL = (
    Facts(
        type="AWS::EC2::FlowLog",
        source=f"{PAGE}flowlog.html",
        arns=("ec2:{region}:{account}:vpc-flow-log/*",),
        # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
        roles=(
            Role(
                "DeliverLogsPermissionArn",
                "vpc-flow-logs.amazonaws.com",
                source="ec2:{region}:{account}:vpc-flow-log/*",
                calls=(
                    Calls(("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"), "LogGroupName"),
                    Calls(("logs:DescribeLogGroups",), "*"),
                ),
            ),
        ),
        # Of logs in S3, for which alone it makes a role.
        unused=("autoscaling:DescribeTags", "iam:CreateServiceLinkedRole", "s3:*"),
    ),
    Facts(
        type="AWS::EC2::Instance",
        source=f"{PAGE}instance.html",
        arns=("ec2:{region}:{account}:instance/*", "ec2:{region}:{account}:network-interface/*", "ec2:{region}:{account}:volume/*"),
        member=Member("SecurityGroupIds", "SubnetId"),
        at_rest=(
            Is("BlockDeviceMappings.Ebs.Encrypted", (True,), default=False),
            # Another name is another disk than the root's, which is left as its image has it.
            # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html
            Is("BlockDeviceMappings.DeviceName", pattern=r"/dev/(xvd|sd)[a-z]\d?"),
        ),
        # Interfaces of its own could have public addresses, as could those of a subnet that gives them out.
        private=(Is("NetworkInterfaces.AssociatePublicIpAddress", (False,), default=False),),
        safeguards=(
            # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
            Safeguard(
                Is("MetadataOptions.HttpTokens", ("required",), default="optional"), "a forged request can read its role's credentials"
            ),
            Safeguard(Is("MetadataOptions.HttpPutResponseHopLimit", (1,), default=1), "a container on it can read its role's credentials"),
            # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
            Safeguard(Is("InstanceType", unless=("LaunchTemplate",)), "the default type is of a generation that is no longer there"),
            # https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager.html
            Safeguard(Is("KeyName", (None,)), "a key opens it beside Session Manager, which alone records who came"),
        ),
        after=(After("AWS::EC2::VPCEndpoint", "what starts on it calls AWS at once"),),
        # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html
        refers={"IamInstanceProfile": ("AWS::IAM::InstanceProfile", "Ref"), "SecurityGroupIds": GROUP},
        # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-policies-ec2-console.html
        beside=(
            Beside(("ec2:RunInstances",), ("ec2:{region}::image/*",)),
            # The newest image, of which the template names the parameter.
            # https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters-ami.html
            Beside(("ssm:GetParameters",), ("ssm:{region}::parameter/aws/service/ami-amazon-linux-latest/*",)),
            Beside(("ssm:DescribeAssociation", "ssm:ListAssociations"), ("ssm:{region}:{account}:*",)),
        ),
        unused=("ssm:CreateAssociation", "ssm:DeleteAssociation"),
    ),
    Facts(
        type="AWS::EC2::RouteTable",
        source=f"{PAGE}routetable.html",
        arns=("ec2:{region}:{account}:route-table/*",),
    ),
    Facts(
        type="AWS::EC2::SecurityGroup",
        source=f"{PAGE}securitygroup.html",
        arns=("ec2:{region}:{account}:security-group/*", "ec2:{region}:{account}:security-group-rule/*"),
        name=Name("GroupName", "parent", longest=255),
    ),
    Facts(
        type="AWS::EC2::SecurityGroupEgress",
        source=f"{PAGE}securitygroupegress.html",
        arns=("ec2:{region}:{account}:security-group-rule/*", "ec2:{region}:{account}:security-group/*"),
    ),
    Facts(
        type="AWS::EC2::SecurityGroupIngress",
        source=f"{PAGE}securitygroupingress.html",
        arns=("ec2:{region}:{account}:security-group-rule/*", "ec2:{region}:{account}:security-group/*"),
    ),
    Facts(
        type="AWS::EC2::Subnet",
        source=f"{PAGE}subnet.html",
        arns=("ec2:{region}:{account}:subnet/*",),
        private=(
            Is("MapPublicIpOnLaunch", (False,), default=False),
            Is("AssignIpv6AddressOnCreation", (False,), default=False),
            Is("Ipv6CidrBlock", (None,)),
        ),
    ),
    Facts(
        type="AWS::EC2::SubnetRouteTableAssociation",
        source=f"{PAGE}subnetroutetableassociation.html",
        acts_on=("ec2:{region}:{account}:route-table/*", "ec2:{region}:{account}:subnet/*"),
        refers={"RouteTableId": ("AWS::EC2::RouteTable", "Ref")},
    ),
    Facts(
        type="AWS::EC2::VPC",
        source=f"{PAGE}vpc.html",
        arns=("ec2:{region}:{account}:vpc/*",),
        unused=("ec2:*VpcEncryptionControl",),
    ),
    Facts(
        type="AWS::EC2::VPCEndpoint",
        source=f"{PAGE}vpcendpoint.html",
        arns=("ec2:{region}:{account}:vpc-endpoint/*",),
        member=Member("SecurityGroupIds", "SubnetIds", when=INTERFACE),
        # https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
        answers=(Answers(443, always_tls=True),),
        policies=("PolicyDocument",),
        refers={"RouteTableIds": ("AWS::EC2::RouteTable", "Ref"), "SubnetIds": SUBNET},
        # EC2 asks for it when an endpoint has private DNS.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
        beside=(Beside(("route53:AssociateVPCWithHostedZone",), ("route53:::hostedzone/*",)),),
        unused=("vpc-lattice:*", "vpce:*"),
    ),
    _opening("CarrierGateway", "carriergateway", "is a way to a carrier's network"),
    _opening("ClientVpnEndpoint", "clientvpnendpoint", "is a way into the network for clients on the Internet"),
    _opening("EgressOnlyInternetGateway", "egressonlyinternetgateway", "is a way to the Internet"),
    _opening("EIP", "eip", "is a public address"),
    _opening("InternetGateway", "internetgateway", "is a way to the Internet"),
    _opening("NatGateway", "natgateway", "is a way to the Internet"),
    _opening("TransitGatewayAttachment", "transitgatewayattachment", "is a way to other networks"),
    _opening("TransitGatewayVpcAttachment", "transitgatewayvpcattachment", "is a way to other networks"),
    _opening("VPCGatewayAttachment", "vpcgatewayattachment", "opens the network to a gateway"),
    _opening("VPCPeeringConnection", "vpcpeeringconnection", "is a way to another network"),
    _opening("VPNGateway", "vpngateway", "is a way to other networks"),
)
FACTS = {each.type: each for each in _ALL}
