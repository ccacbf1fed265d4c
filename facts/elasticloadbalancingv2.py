"""Application and network load balancers."""

from facts.kinds import After, Answers, Delivery, Facts, Is, Member, Metrics, Name, Safeguard

PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-"
BALANCING = "AWS::ElasticLoadBalancingV2"
ARN = "elasticloadbalancing:{region}:{account}:"
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/elb-service-linked-roles.html
LINKED = ("elasticloadbalancing.amazonaws.com",)
# TLS 1.3 and 1.2, with forward secrecy.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
MODERN = Is("SslPolicy", pattern=r"ELBSecurityPolicy-TLS13-1-[23](-Res)?(-PQ)?-20\d\d-\d\d")
BALANCER = (f"{BALANCING}::LoadBalancer", "LoadBalancerFullName")

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
ATTRIBUTES = (
    r"(access_logs|connection_logs|health_check_logs)\.s3\.(enabled|bucket|prefix)|client_keep_alive\.seconds|deletion_protection\.enabled"
    r"|dns_record\.client_routing_policy|idle_timeout\.timeout_seconds|ipv6\.deny_all_igw_traffic|load_balancing\.cross_zone\.enabled"
    r"|routing\.http\.(desync_mitigation_mode|xff_header_processing\.mode)|routing\.http2\.enabled"
    r"|routing\.http\.(drop_invalid_header_fields|preserve_host_header|x_amzn_tls_version_and_cipher_suite|xff_client_port)\.enabled"
    r"|secondary_ips\.auto_assigned\.per_subnet|waf\.fail_open\.enabled|zonal_shift\.config\.enabled"
)
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html
GROUP_ATTRIBUTES = (
    r"deregistration_delay\.(timeout_seconds|connection_termination\.enabled)|lambda\.multi_value_headers\.enabled"
    r"|load_balancing\.(algorithm\.(type|anomaly_mitigation)|cross_zone\.enabled)|preserve_client_ip\.enabled|proxy_protocol_v2\.enabled"
    r"|slow_start\.duration_seconds|stickiness\.(enabled|type|app_cookie\.(cookie_name|duration_seconds)|lb_cookie\.duration_seconds)"
    r"|target_failover\.on_(deregistration|unhealthy)"
    r"|target_group_health\.(dns_failover|unhealthy_state_routing)\.minimum_healthy_targets\.(count|percentage)"
    r"|target_health_state\.unhealthy\.(connection_termination\.enabled|draining_interval_seconds)"
)
# Of these the sum says how often it happened. https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
TARGET_COUNTS = (
    "HTTPCode_Target_2XX_Count",
    "HTTPCode_Target_3XX_Count",
    "HTTPCode_Target_4XX_Count",
    "HTTPCode_Target_5XX_Count",
    "RequestCount",
    "TargetConnectionErrorCount",
)
COUNTS = (
    *TARGET_COUNTS,
    "ClientTLSNegotiationErrorCount",
    "HTTPCode_ELB_3XX_Count",
    "HTTPCode_ELB_4XX_Count",
    "HTTPCode_ELB_500_Count",
    "HTTPCode_ELB_502_Count",
    "HTTPCode_ELB_503_Count",
    "HTTPCode_ELB_504_Count",
    "HTTPCode_ELB_5XX_Count",
    "NewConnectionCount",
    "RejectedConnectionCount",
    "TargetTLSNegotiationErrorCount",
)

_ALL = (
    Facts(
        type=f"{BALANCING}::Listener",
        source=f"{PAGE}listener.html",
        arns=(f"{ARN}listener/*",),
        ref_is_arn=True,
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
        safeguards=(
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
            Safeguard(
                Is("LoadBalancerAttributes.routing.http.drop_invalid_header_fields.enabled", (True,), default=False),
                "a header that it cannot read is read differently by the next in line",
                when=Is("Type", ("application",), default="application"),
            ),
            Safeguard(
                Is("LoadBalancerAttributes.routing.http.desync_mitigation_mode", ("defensive", "strictest"), default="defensive"),
                "requests that hide others pass",
            ),
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-load-balancer-attributes.html#cross-zone-load-balancing
            Safeguard(
                Is("LoadBalancerAttributes.load_balancing.cross_zone.enabled", (True,), default=False),
                "a zone whose own targets fail takes no connections",
                when=Is("Type", ("network",), default="application"),
            ),
        ),
        keys={"LoadBalancerAttributes": ATTRIBUTES},
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
                # What it writes when logging is switched on is not documented to carry a condition key; the path has the account.
                for_account=False,
                part="/AWSLogs/{account}/*",
            ),
        ),
        # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
        # https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html
        metrics=(
            Metrics(
                "AWS/ApplicationELB",
                {"LoadBalancer": "LoadBalancerFullName"},
                (*COUNTS, "ActiveConnectionCount", "ConsumedLCUs", "ProcessedBytes", "TargetResponseTime"),
                counts=COUNTS,
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
        keys={"TargetGroupAttributes": GROUP_ATTRIBUTES},
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
                    *TARGET_COUNTS,
                    "AnomalousHostCount",
                    "HealthyHostCount",
                    "RequestCountPerTarget",
                    "TargetResponseTime",
                    "UnHealthyHostCount",
                ),
                counts=TARGET_COUNTS,
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
