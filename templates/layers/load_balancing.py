"""The balancers: an internal ALB in front of two target groups, and the NLB through which the VPC link v1 reaches it."""

from collections.abc import Sequence

import awacs.s3
from awacs.aws import Principal
from troposphere import GetAtt, Ref
from troposphere.elasticloadbalancingv2 import (
    Action,
    Certificate,
    FixedResponseConfig,
    ForwardConfig,
    Listener,
    ListenerRule,
    ListenerRuleAction,
    LoadBalancer,
    LoadBalancerAttributes,
    Matcher,
    PathPatternConfig,
    TargetDescription,
    TargetGroup,
    TargetGroupAttribute,
    TargetGroupTuple,
)
from troposphere.elasticloadbalancingv2 import (
    Condition as RuleCondition,
)
from troposphere.s3 import BucketPolicy, LifecycleConfiguration, LifecycleRule

from templates import policies, timeouts
from templates.buckets import private_bucket
from templates.layer import Layer
from templates.measures import measure
from templates.settings import Environment

# TLS 1.3 and 1.2 with forward secrecy.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"


def load_balancing(environment: Environment) -> Layer:
    """ALB with listener, rule and target groups; with the ingress nlb also the NLB in front of it."""
    layer = Layer("load_balancing", environment, "the way from the VPC link to the tasks", tier="ingress")
    logs = _log_bucket(layer)
    alb = _alb(layer, logs)
    listener = _listener(layer, alb)
    groups = {colour: _target_group(layer, colour) for colour in ("blue", "green")}
    rule = layer.add(
        ListenerRule(
            "Rule",
            ListenerArn=Ref(listener),
            Priority=1,
            # On the path alone: the NLB's health check passes through here. ECS rewrites the weights while it deploys,
            # so this rule must be rendered the same under every setting, or CloudFormation would set them back.
            Conditions=[RuleCondition(Field="path-pattern", PathPatternConfig=PathPatternConfig(Values=["/*"]))],
            Actions=[
                ListenerRuleAction(
                    Type="forward",
                    ForwardConfig=ForwardConfig(
                        TargetGroups=[
                            TargetGroupTuple(TargetGroupArn=Ref(groups["blue"]), Weight=100),
                            TargetGroupTuple(TargetGroupArn=Ref(groups["green"]), Weight=0),
                        ]
                    ),
                )
            ],
        ),
        "Forwards to the version that is live",
    )
    layer.provides("AlbFullName", GetAtt(alb, "LoadBalancerFullName"), "The ALB's name in metrics")
    for colour, group in groups.items():
        name = f"{colour.capitalize()}TargetGroup"
        layer.provides(f"{name}FullName", GetAtt(group, "TargetGroupFullName"), f"The {colour} target group's name in metrics")
        if colour == "blue" or environment.deployment.strategy != "rolling":
            layer.provides(f"{name}Arn", Ref(group), f"The {colour} target group")
    if environment.deployment.strategy != "rolling":
        layer.provides("ProductionRuleArn", Ref(rule), "The rule whose weights ECS moves during a deployment")
        layer.provides("ListenerArn", Ref(listener), "The ALB's listener, which ECS reads during a deployment")
    entrance = _nlb(layer, alb, listener) if environment.ingress == "nlb" else alb
    layer.provides("EntranceArn", Ref(entrance), "The balancer that the VPC link reaches")
    host = environment.certificate_domain or GetAtt(entrance, "DNSName")
    layer.provides("EntranceHost", host, "The host name of requests from the gateway")
    layer.tells("ALLOWED_HOSTS", host, optional=True)
    _notifications(layer, alb, list(groups.values()))
    return layer


def _notifications(layer: Layer, alb: LoadBalancer, groups: Sequence[TargetGroup]) -> None:
    """Both target groups are looked at, since either may be live."""
    errors = measure("HTTPCode_Target_5XX_Count", "Sum", alb)
    layer.alarm("ServiceErrors", "The service answers with server errors", errors, above=5, minutes=3)
    unhealthy = {f"group{index}": measure("UnHealthyHostCount", "Maximum", alb, group) for index, group in enumerate(groups)}
    layer.alarm("UnhealthyTasks", "A task fails its health check", unhealthy, above=0, expression="SUM([FILL(group0, 0), FILL(group1, 0)])")
    layer.graph("Errors behind the gateway", "Sum", measure("HTTPCode_ELB_5XX_Count", "Sum", alb), errors)


def _log_bucket(layer: Layer) -> BucketPolicy:
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    delivery = policies.allow(
        [awacs.s3.PutObject],
        [policies.arn("s3", "${AccessLogs}/AWSLogs/${AWS::AccountId}/*", region=False, account=False)],
        # No condition: the test object, written when logging is switched on, is not documented to carry aws:SourceAccount, and was seen to
        # come without aws:SourceArn. The path pins the account.
        Principal=Principal("Service", "logdelivery.elasticloadbalancing.amazonaws.com"),
    )
    expire = LifecycleRule(Status="Enabled", ExpirationInDays=layer.environment.log_days)
    return private_bucket(
        layer,
        "AccessLogs",
        "The ALB's access logs",
        delivery,
        LifecycleConfiguration=LifecycleConfiguration(Rules=[expire]),
    )


def _alb(layer: Layer, logs: BucketPolicy) -> LoadBalancer:
    attributes = {
        "access_logs.s3.enabled": "true",
        "access_logs.s3.bucket": Ref("AccessLogs"),
        "deletion_protection.enabled": str(layer.environment.production).lower(),
        "idle_timeout.timeout_seconds": str(timeouts.ALB_IDLE),
        "routing.http.drop_invalid_header_fields.enabled": "true",
    }
    return layer.add(
        LoadBalancer(
            "Alb",
            Type="application",
            Scheme="internal",
            Subnets=layer.subnets(),
            SecurityGroups=[layer.group("alb")],
            LoadBalancerAttributes=[LoadBalancerAttributes(Key=key, Value=value) for key, value in attributes.items()],
            # Switching logs on fails before the bucket lets the ALB in.
            DependsOn=[logs.title],
        ),
        "Internal ALB: spreads requests over the tasks",
    )


def _listener(layer: Layer, alb: LoadBalancer) -> Listener:
    environment = layer.environment
    listener = Listener(
        "Listener",
        LoadBalancerArn=Ref(alb),
        Port=environment.listener_port,
        Protocol="HTTPS" if environment.end_to_end else "HTTP",
        DefaultActions=[
            Action(
                Type="fixed-response",
                FixedResponseConfig=FixedResponseConfig(StatusCode="404", ContentType="text/plain", MessageBody="Not found"),
            )
        ],
    )
    if environment.end_to_end:
        listener.Certificates = [Certificate(CertificateArn=layer.needs("CertificateArn"))]
        listener.SslPolicy = TLS_POLICY
    return layer.add(listener, "Takes requests from the gateway; 404 where no rule matches")


def _target_group(layer: Layer, colour: str) -> TargetGroup:
    environment = layer.environment
    attributes = {
        "deregistration_delay.timeout_seconds": str(timeouts.DEREGISTRATION),
        "load_balancing.algorithm.type": "least_outstanding_requests",
    }
    return layer.add(
        TargetGroup(
            f"{colour.capitalize()}TargetGroup",
            VpcId=layer.needs("VpcId"),
            TargetType="ip",
            Protocol="HTTPS" if environment.end_to_end else "HTTP",
            Port=environment.container_port,
            # Not taken over from the group's protocol: it would be HTTP.
            HealthCheckProtocol="HTTPS" if environment.end_to_end else "HTTP",
            HealthCheckPath=environment.health_path,
            HealthCheckIntervalSeconds=10,
            HealthCheckTimeoutSeconds=5,
            HealthyThresholdCount=2,
            UnhealthyThresholdCount=3,
            Matcher=Matcher(HttpCode="200"),
            TargetGroupAttributes=[TargetGroupAttribute(Key=key, Value=value) for key, value in attributes.items()],
        ),
        f"The {colour} tasks",
    )


def _nlb(layer: Layer, alb: LoadBalancer, alb_listener: Listener) -> LoadBalancer:
    environment = layer.environment
    # No deletion protection: the VPC link holds it, and a protected one that is removed stays behind, and costs.
    attributes = {"load_balancing.cross_zone.enabled": "true"}
    nlb = layer.add(
        LoadBalancer(
            "Nlb",
            Type="network",
            Scheme="internal",
            Subnets=layer.subnets(),
            SecurityGroups=[layer.group("nlb")],
            # The VPC link arrives through PrivateLink with addresses that no rule could name.
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
            EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic="off",
            LoadBalancerAttributes=[LoadBalancerAttributes(Key=key, Value=value) for key, value in attributes.items()],
        ),
        "Internal NLB: passes the VPC link's traffic through to the ALB",
    )
    group = layer.add(
        TargetGroup(
            "AlbTargetGroup",
            VpcId=layer.needs("VpcId"),
            TargetType="alb",
            Protocol="TCP",
            Port=environment.listener_port,
            HealthCheckProtocol="HTTPS" if environment.end_to_end else "HTTP",
            HealthCheckPath=environment.health_path,
            # Any answer shows that the ALB is there; that no task is, as in a sleeping environment, is for others to say.
            Matcher=Matcher(HttpCode="200-599"),
            Targets=[TargetDescription(Id=Ref(alb), Port=environment.listener_port)],
            # An ALB can be a target only on the port of a listener that exists.
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/network/application-load-balancer-target.html
            DependsOn=[alb_listener.title],
        ),
        "The ALB as the NLB's target",
    )
    layer.add(
        Listener(
            "NlbListener",
            LoadBalancerArn=Ref(nlb),
            Port=environment.listener_port,
            Protocol="TCP",
            DefaultActions=[Action(Type="forward", TargetGroupArn=Ref(group))],
        ),
        "Passes connections through without looking into them",
    )
    behind = measure("UnHealthyHostCount", "Maximum", nlb, group, namespace="AWS/NetworkELB")
    layer.alarm("UnhealthyAlb", "The NLB finds the ALB unhealthy", behind, above=0)
    return nlb
