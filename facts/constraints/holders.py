"""What has one holder, and what does not move."""

from facts.constraints.kinds import Held, Keeps, Stays

LISTENER, RULE, BALANCER, GROUP = (
    f"AWS::ElasticLoadBalancingV2::{name}" for name in ("Listener", "ListenerRule", "LoadBalancer", "TargetGroup")
)

HELD = (
    Held(
        GROUP,
        ((LISTENER, ("LoadBalancerArn",)), (RULE, ("ListenerArn", "LoadBalancerArn"))),
        "would serve two load balancers at once, and a target group belongs to one: the old one goes only in the clean-up",
        "https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/780",
    ),
)

IN_ITS_VPC = "would change its VPC, which AWS refuses"
STAYS = (
    Stays("AWS::RDS::DBSubnetGroup", ("SubnetIds",), ("VpcId",), IN_ITS_VPC, "https://github.com/aws/aws-cdk/issues/28369"),
    Stays(
        "AWS::ElastiCache::SubnetGroup",
        ("SubnetIds",),
        ("VpcId",),
        IN_ITS_VPC,
        "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyCacheSubnetGroup.html",
    ),
    Stays(
        BALANCER,
        ("Subnets",),
        ("VpcId",),
        IN_ITS_VPC,
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSubnets.html",
    ),
    Stays(
        BALANCER,
        ("SecurityGroups",),
        ("VpcId",),
        IN_ITS_VPC,
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSecurityGroups.html",
    ),
)

KEEPS = (
    # Which of its subnets an instance is in, the templates do not say.
    Keeps(
        "AWS::RDS::DBSubnetGroup",
        ("SubnetIds",),
        "AWS::RDS::DBInstance",
        "would lose a subnet that the database is in, as far as is known (--against live asks RDS), which RDS refuses",
        "https://github.com/aws/aws-cdk/issues/26135",
        zones=("AvailabilityZone", "SecondaryAvailabilityZone"),
    ),
    # A link is an endpoint's service to its load balancer.
    Keeps(
        BALANCER,
        ("Subnets",),
        "AWS::ApiGateway::VpcLink",
        "would lose a subnet, which Elastic Load Balancing refuses while a VPC link leads to it",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/availability-zones.html",
        when=(("Type",), "network"),
    ),
)

# A load balancer that is a target keeps the port under which it is one.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/network/application-load-balancer-target.html
TARGETED_PORT = "is a target on this port, and Elastic Load Balancing changes or deletes no listener whose port is in use by a target group"
