"""What a resource silently needs is there before it.

CloudFormation sees references alone: an ALB as a target needs its listener, a service the rule that leads to it, a log group must be ours
before RDS makes its own (aws-cdk 19696 and 30396).
"""

from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

from ci.model import Deployment, Resource
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/application-load-balancer-target.html"
REMEDY = "Add the DependsOn, or between layers a need (Layer.needs, Layer.after)."


class Order(NamedTuple):
    """A type that needs another to be there first, why, and for which pairs of resources."""

    later: str
    earlier: str
    why: str
    applies: Callable[[Resource, Resource], bool] = lambda later, earlier: True  # noqa: ARG005 a default for all pairs


def _is_target(group: Resource, listener: Resource) -> bool:
    return group.get("TargetType") == "alb" and listener.target("LoadBalancerArn") is group.target("Targets", 0, "Id")


def _is_log_bucket(balancer: Resource, policy: Resource) -> bool:
    attributes = balancer.pairs("LoadBalancerAttributes")
    return attributes.get("access_logs.s3.enabled") == "true" and attributes.get("access_logs.s3.bucket") == policy.get("Bucket")


def _named(part: str) -> Callable[[Resource, Resource], bool]:
    return lambda _, group: part in str(group.get("LogGroupName"))


BALANCING = "AWS::ElasticLoadBalancingV2"
SERVICE, ENDPOINT, TOPIC_POLICY = "AWS::ECS::Service", "AWS::EC2::VPCEndpoint", "AWS::SNS::TopicPolicy"
ALREADY = "a log group that AWS makes by itself keeps everything"
CALLS, PUBLISHES = "what starts there calls AWS at once", "the topic refuses its notifications until then"
ORDERS = (
    Order(
        f"{BALANCING}::TargetGroup",
        f"{BALANCING}::Listener",
        "an ALB can be a target only on the port of a listener that exists",
        _is_target,
    ),
    Order(f"{BALANCING}::LoadBalancer", "AWS::S3::BucketPolicy", "its access log is refused until the bucket lets it in", _is_log_bucket),
    Order(SERVICE, f"{BALANCING}::ListenerRule", "a service takes only target groups that a balancer uses"),
    Order(SERVICE, "AWS::Logs::LogGroup", ALREADY, _named("/containerinsights/")),
    Order("AWS::RDS::DBInstance", "AWS::Logs::LogGroup", ALREADY, _named("/aws/rds/")),
    Order(SERVICE, ENDPOINT, CALLS),
    Order("AWS::EC2::Instance", ENDPOINT, CALLS),
    Order("AWS::Events::Rule", TOPIC_POLICY, PUBLISHES),
    Order("AWS::Budgets::Budget", TOPIC_POLICY, PUBLISHES),
    Order("AWS::Cognito::UserPoolClient", "AWS::Cognito::UserPoolResourceServer", "it asks for that server's scope"),
)
# These take longest, so that they must not wait for each other.
APART = (("AWS::ApiGateway::RestApi", SERVICE), ("AWS::RDS::DBInstance", ENDPOINT))


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each pair of what must come first and what needs it, and at what must not wait."""
    for order in ORDERS:
        for later, earlier in product(deployment.of(order.later), deployment.of(order.earlier)):
            if order.applies(later, earlier) and not deployment.waits(later, earlier):
                yield Finding(later, f"does not wait for {earlier.label}: {order.why}.")
    for one, other in APART:
        for later, earlier in product(deployment.of(one), deployment.of(other)):
            if deployment.waits(later, earlier):
                yield Finding(later, f"waits for {earlier.label}: a deployment takes twice as long.")
