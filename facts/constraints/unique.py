"""What can exist once. CloudFormation makes the new resource before it deletes the old one, and AWS refuses the second.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
A name of its own (facts/) and an identifier that a template gives (the registry's schemas) are unique by themselves: they have no row here.
"""

from facts.constraints.kinds import Unique

PROVIDER = r"arn:aws[\w-]*:iam::[^:]*:oidc-provider/(.+)"

UNIQUE = (
    Unique(
        "AWS::ApiGateway::ApiKey",
        (("Value",),),
        "region",
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-setup-api-key-with-console.html",
    ),
    Unique(
        "AWS::ApiGateway::Authorizer",
        (("RestApiId",), ("Name",)),
        "parent",
        "https://github.com/aws/aws-cdk/issues/11613",
    ),
    Unique(
        "AWS::ApiGateway::DomainName",
        (("DomainName",),),
        "world",
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html",
    ),
    Unique(
        "AWS::ApiGateway::GatewayResponse",
        (("RestApiId",), ("ResponseType",)),
        "parent",
        "https://docs.aws.amazon.com/apigateway/latest/api/API_PutGatewayResponse.html",
    ),
    # Below one resource there is one path part of each name, and one variable of whatever name.
    Unique(
        "AWS::ApiGateway::Resource",
        (("RestApiId",), ("ParentId",), ("PathPart",)),
        "parent",
        "https://github.com/aws/aws-cdk/issues/25172",
        alike="variable",
    ),
    Unique(
        "AWS::ApiGateway::BasePathMapping",
        (("DomainName",), ("BasePath?",)),
        "parent",
        "https://docs.aws.amazon.com/apigateway/latest/api/API_CreateBasePathMapping.html",
    ),
    # One policy that follows a metric, for each metric and target.
    Unique(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        (("ScalingTargetId",), ("TargetTrackingScalingPolicyConfiguration", "PredefinedMetricSpecification", "PredefinedMetricType")),
        "parent",
        "https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking.html",
    ),
    Unique(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        (("ScalingTargetId",), ("PolicyName",)),
        "parent",
        "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html",
    ),
    # A pool has one prefix.
    Unique(
        "AWS::Cognito::UserPoolDomain",
        (("UserPoolId",),),
        "parent",
        "https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html",
    ),
    Unique(
        "AWS::EC2::FlowLog",
        (("ResourceId",), ("TrafficType?",), ("LogDestination?",), ("LogGroupName?",)),
        "parent",
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html",
    ),
    Unique(
        "AWS::EC2::SecurityGroup",
        (("VpcId",), ("GroupName",)),
        "parent",
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html",
    ),
    Unique(
        "AWS::EC2::SecurityGroupEgress",
        (
            ("GroupId",),
            ("IpProtocol",),
            ("FromPort?",),
            ("ToPort?",),
            ("CidrIp?",),
            ("CidrIpv6?",),
            ("DestinationSecurityGroupId?",),
            ("DestinationPrefixListId?",),
        ),
        "parent",
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupEgress.html",
    ),
    Unique(
        "AWS::EC2::SecurityGroupIngress",
        (
            ("GroupId",),
            ("IpProtocol",),
            ("FromPort?",),
            ("ToPort?",),
            ("CidrIp?",),
            ("CidrIpv6?",),
            ("SourceSecurityGroupId?",),
            ("SourcePrefixListId?",),
        ),
        "parent",
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html",
    ),
    Unique(
        "AWS::EC2::Subnet",
        (("VpcId",), ("CidrBlock",)),
        "parent",
        "https://github.com/aws/aws-cdk/issues/28369",
        alike="overlap",
    ),
    Unique(
        "AWS::EC2::SubnetRouteTableAssociation",
        (("SubnetId",),),
        "parent",
        "https://docs.aws.amazon.com/vpc/latest/userguide/WorkWithRouteTables.html",
    ),
    Unique(
        "AWS::EC2::Route",
        (("RouteTableId",), ("DestinationCidrBlock?",), ("DestinationPrefixListId?",), ("DestinationIpv6CidrBlock?",)),
        "parent",
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html",
    ),
    # A route table has one gateway endpoint of a service, and a VPC one private DNS name of it.
    Unique(
        "AWS::EC2::VPCEndpoint",
        (("VpcId",), ("ServiceName",)),
        "parent",
        "https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html",
        when=(("VpcEndpointType",), "Gateway"),
    ),
    Unique(
        "AWS::EC2::VPCEndpoint",
        (("VpcId",), ("ServiceName",)),
        "parent",
        "https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html",
        when=(("PrivateDnsEnabled",), True),
    ),
    Unique(
        "AWS::ECS::Service",
        (("Cluster",), ("ServiceName",)),
        "parent",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html",
    ),
    Unique(
        "AWS::ElasticLoadBalancingV2::Listener",
        (("LoadBalancerArn",), ("Port",)),
        "parent",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html",
    ),
    Unique(
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        (("ListenerArn",), ("Priority",)),
        "parent",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html",
    ),
    Unique(
        "AWS::IAM::OIDCProvider",
        (("Url",),),
        "account",
        "https://github.com/guardian/cdk/issues/2529",
        outside=PROVIDER,
    ),
    Unique(
        "AWS::SQS::Queue",
        (("QueueName",),),
        "region",
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html",
    ),
    # One filter in front of a resource: the old association's deletion would take the new one along.
    Unique(
        "AWS::WAFv2::WebACLAssociation",
        (("ResourceArn",),),
        "parent",
        "https://docs.aws.amazon.com/waf/latest/APIReference/API_AssociateWebACL.html",
    ),
)
# Of these several may be called alike, or the second one takes the first one's place without a word.
OFTEN = ("AWS::CloudWatch::Dashboard", "AWS::ECS::TaskDefinition")
