"""What a resource silently needs is there before it.

CloudFormation sees references alone: an ALB as a target needs its listener, a service the rule that leads to it, a log group must be ours
before RDS makes its own (aws-cdk 19696 and 30396).
"""

from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.model.reach import standing
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/application-load-balancer-target.html"
REMEDY = "Add the DependsOn, or between layers a need (Layer.needs, Layer.after)."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Each pair of what must come first and what needs it."""
    for later, earlier, why in _pairs(deployment):
        if not deployment.waits(later, earlier):
            yield Finding(later, f"does not wait for {earlier.label}: {why}.")
    # These take longest, so that they must not wait for each other.
    for one, other in (("AWS::ApiGateway::RestApi", "AWS::ECS::Service"), ("AWS::RDS::DBInstance", "AWS::EC2::VPCEndpoint")):
        for later in deployment.of(one):
            for earlier in deployment.of(other):
                if deployment.waits(later, earlier):
                    yield Finding(later, f"waits for {earlier.label}: a deployment takes twice as long.")


def _pairs(deployment: Deployment) -> Iterator[tuple[Resource, Resource, str]]:
    balancing = "AWS::ElasticLoadBalancingV2"
    listeners = deployment.of(f"{balancing}::Listener")
    for group in deployment.of(f"{balancing}::TargetGroup"):
        if group.get("TargetType") == "alb":
            for listener in listeners:
                if listener.target("LoadBalancerArn") is group.target("Targets", 0, "Id"):
                    yield group, listener, "an ALB can be a target only on the port of a listener that exists"
    for service in deployment.of("AWS::ECS::Service"):
        for rule in deployment.of(f"{balancing}::ListenerRule"):
            yield service, rule, "a service takes only target groups that a balancer uses"
        for group in deployment.of("AWS::Logs::LogGroup"):
            if "containerinsights" in str(group.get("LogGroupName")):
                yield service, group, "Container Insights would make a log group of its own, which keeps everything"
    for balancer in deployment.of(f"{balancing}::LoadBalancer"):
        if balancer.pairs("LoadBalancerAttributes").get("access_logs.s3.enabled") == "true":
            bucket = balancer.pairs("LoadBalancerAttributes")["access_logs.s3.bucket"]
            for policy in deployment.of("AWS::S3::BucketPolicy"):
                if policy.get("Bucket") == bucket:
                    yield balancer, policy, "its access log is refused until the bucket lets it in"
    for resource in standing(deployment):
        if resource.type in ("AWS::ECS::Service", "AWS::EC2::Instance"):
            for endpoint in deployment.of("AWS::EC2::VPCEndpoint"):
                yield resource, endpoint, "what starts there calls AWS at once"
    for instance in deployment.of("AWS::RDS::DBInstance"):
        for group in deployment.of("AWS::Logs::LogGroup"):
            if str(group.get("LogGroupName")).startswith("/aws/rds/"):
                yield instance, group, "RDS would make a log group of its own, which keeps everything"
    for publisher in deployment.of("AWS::Events::Rule", "AWS::RDS::EventSubscription", "AWS::Budgets::Budget"):
        for policy in deployment.of("AWS::SNS::TopicPolicy"):
            yield publisher, policy, "the topic refuses its notifications until then"
    for client in deployment.of("AWS::Cognito::UserPoolClient"):
        for server in deployment.of("AWS::Cognito::UserPoolResourceServer"):
            yield client, server, "it asks for that server's scope"
