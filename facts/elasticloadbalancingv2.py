"""Application and network load balancers."""

from facts.kinds import After, Answers, Delivery, Facts, Is, Member, Metrics, Name

PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-"
BALANCING = "AWS::ElasticLoadBalancingV2"
ARN = "elasticloadbalancing:{region}:{account}:"
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/elb-service-linked-roles.html
LINKED = ("elasticloadbalancing.amazonaws.com",)
# TLS 1.3 and 1.2, with forward secrecy.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
MODERN = Is("SslPolicy", pattern=r"ELBSecurityPolicy-TLS13-1-[23](-Res)?(-PQ)?-20\d\d-\d\d")
BALANCER = (f"{BALANCING}::LoadBalancer", "LoadBalancerFullName")

_ALL = (
    Facts(
        type=f"{BALANCING}::Listener",
        source=f"{PAGE}listener.html",
        arns=(f"{ARN}listener/*",),
        ref_is_arn=True,
        once=("LoadBalancerArn", "Port"),
        answers=(
            Answers(
                "Port",
                tls=(Is("Protocol", ("HTTPS", "TLS")), Is("Certificates.CertificateArn"), MODERN),
                hop=True,
                through="LoadBalancerArn",
            ),
        ),
        refers={
            "DefaultActions.ForwardConfig.TargetGroups.TargetGroupArn": (f"{BALANCING}::TargetGroup", "Ref"),
            "DefaultActions.TargetGroupArn": (f"{BALANCING}::TargetGroup", "Ref"),
            "LoadBalancerArn": (f"{BALANCING}::LoadBalancer", "Ref"),
        },
        # What signs users in.
        unused=("cognito-idp:*",),
    ),
    Facts(
        type=f"{BALANCING}::ListenerRule",
        source=f"{PAGE}listenerrule.html",
        arns=(f"{ARN}listener-rule/*",),
        ref_is_arn=True,
        once=("ListenerArn", "Priority"),
        refers={
            "Actions.ForwardConfig.TargetGroups.TargetGroupArn": (f"{BALANCING}::TargetGroup", "Ref"),
            "Actions.TargetGroupArn": (f"{BALANCING}::TargetGroup", "Ref"),
            "ListenerArn": (f"{BALANCING}::Listener", "Ref"),
        },
        unused=("cognito-idp:*",),
    ),
    Facts(
        type=f"{BALANCING}::LoadBalancer",
        source=f"{PAGE}loadbalancer.html",
        # Its name is cut to what ELB takes, so that it may not have all of the stack's.
        arns=(f"{ARN}loadbalancer/*",),
        ref_is_arn=True,
        name=Name("Name", "region", longest=32),
        member=Member("SecurityGroups", "Subnets"),
        private=(Is("Scheme", ("internal",), default="internet-facing"), Is("IpAddressType", ("ipv4",), default="ipv4")),
        protection=Is("LoadBalancerAttributes.deletion_protection.enabled", (True,), default=False),
        guarded="every request passes through it",
        after=(
            After(
                "AWS::S3::BucketPolicy",
                "its access log is refused until the bucket lets it in",
                ("LoadBalancerAttributes.access_logs.s3.bucket", "Bucket"),
            ),
        ),
        linked_roles=LINKED,
        # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
        deliveries=(
            Delivery(
                "LoadBalancerAttributes.access_logs.s3.bucket",
                "logdelivery.elasticloadbalancing.amazonaws.com",
                {"AWS::S3::Bucket": ("s3:PutObject",)},
            ),
        ),
        # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
        # https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html
        metrics=(
            Metrics(
                "AWS/ApplicationELB",
                {"LoadBalancer": "LoadBalancerFullName"},
                (
                    "ActiveConnectionCount",
                    "ClientTLSNegotiationErrorCount",
                    "ConsumedLCUs",
                    "HTTPCode_ELB_3XX_Count",
                    "HTTPCode_ELB_4XX_Count",
                    "HTTPCode_ELB_500_Count",
                    "HTTPCode_ELB_502_Count",
                    "HTTPCode_ELB_503_Count",
                    "HTTPCode_ELB_504_Count",
                    "HTTPCode_ELB_5XX_Count",
                    "HTTPCode_Target_2XX_Count",
                    "HTTPCode_Target_3XX_Count",
                    "HTTPCode_Target_4XX_Count",
                    "HTTPCode_Target_5XX_Count",
                    "NewConnectionCount",
                    "ProcessedBytes",
                    "RejectedConnectionCount",
                    "RequestCount",
                    "TargetConnectionErrorCount",
                    "TargetResponseTime",
                    "TargetTLSNegotiationErrorCount",
                ),
            ),
            Metrics(
                "AWS/NetworkELB",
                {"LoadBalancer": "LoadBalancerFullName"},
                (
                    "ActiveFlowCount",
                    "ActiveFlowCount_TCP",
                    "ConsumedLCUs",
                    "NewFlowCount",
                    "NewFlowCount_TCP",
                    "PortAllocationErrorCount",
                    "ProcessedBytes",
                    "RejectedFlowCount",
                    "TCP_Client_Reset_Count",
                    "TCP_ELB_Reset_Count",
                    "TCP_Target_Reset_Count",
                ),
            ),
        ),
    ),
    Facts(
        type=f"{BALANCING}::TargetGroup",
        source=f"{PAGE}targetgroup.html",
        arns=(f"{ARN}targetgroup/*",),
        ref_is_arn=True,
        name=Name("Name", "region", longest=32),
        answers=(Answers("Port", tls=(Is("Protocol", ("HTTPS", "TLS")),), hop=True),),
        # https://docs.aws.amazon.com/elasticloadbalancing/latest/network/application-load-balancer-target.html
        after=(
            After(
                f"{BALANCING}::Listener",
                "a load balancer can be a target only on the port of a listener that exists",
                ("Targets.Id", "LoadBalancerArn"),
            ),
        ),
        metrics=(
            Metrics(
                "AWS/ApplicationELB",
                {"TargetGroup": "TargetGroupFullName"},
                (
                    "AnomalousHostCount",
                    "HTTPCode_Target_2XX_Count",
                    "HTTPCode_Target_3XX_Count",
                    "HTTPCode_Target_4XX_Count",
                    "HTTPCode_Target_5XX_Count",
                    "HealthyHostCount",
                    "RequestCount",
                    "RequestCountPerTarget",
                    "TargetConnectionErrorCount",
                    "TargetResponseTime",
                    "UnHealthyHostCount",
                ),
                others={"LoadBalancer": BALANCER},
            ),
            Metrics(
                "AWS/NetworkELB",
                {"TargetGroup": "TargetGroupFullName"},
                ("HealthyHostCount", "UnHealthyHostCount"),
                others={"LoadBalancer": BALANCER},
            ),
        ),
    ),
)
FACTS = {each.type: each for each in _ALL}
