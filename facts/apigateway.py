"""API Gateway's REST APIs.

ARNs: https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
"""

from facts.kinds import Answers, Beside, Calls, Data, Facts, Is, Metrics, Name, Role

PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-"
REST_APIS = "apigateway:{region}::/restapis"
# It speaks TLS whatever is set, but of old versions as well, unless these hold: 1.3 and 1.2, with forward secrecy.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
MODERN = (
    Is("SecurityPolicy", pattern=r"SecurityPolicy_TLS13_1_[23](_PFS)?(_PQ)?_20\d\d_\d\d"),
    Is("EndpointAccessMode", ("STRICT",), default="BASIC"),
)

# It is tagged at an address of its own.
TAGS = (Beside(("apigateway:PUT",), ("apigateway:{region}::/tags/*",)),)
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonAPIGatewayPushToCloudWatchLogs.html
WRITE_LOGS = (
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:PutLogEvents",
)
COUNTS = ("4XXError", "5XXError", "CacheHitCount", "CacheMissCount", "Count")

_ALL = (
    Facts(
        type="AWS::ApiGateway::Account",
        source=f"{PAGE}account.html",
        arns=("apigateway:{region}::/account",),
        data=Data("the role with which every API of the account logs in this region", ("RetainExceptOnCreate", "Retain")),
        # No condition keys are documented, and its permissions without a narrower resource.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
        roles=(Role("CloudWatchRoleArn", "apigateway.amazonaws.com", calls=(Calls(WRITE_LOGS, "*"),)),),
    ),
    Facts(
        type="AWS::ApiGateway::ApiKey",
        source=f"{PAGE}apikey.html",
        arns=("apigateway:{region}::/apikeys/*", "apigateway:{region}::/apikeys"),
        name=Name("Name", "region", unique=False),
        beside=TAGS,
    ),
    Facts(
        type="AWS::ApiGateway::Authorizer",
        source=f"{PAGE}authorizer.html",
        arns=(f"{REST_APIS}/*/authorizers/*", f"{REST_APIS}/*/authorizers"),
        roles=(Role("AuthorizerCredentials", "apigateway.amazonaws.com"),),
        refers={"RestApiId": ("AWS::ApiGateway::RestApi", "Ref"), "ProviderARNs": ("AWS::Cognito::UserPool", "Arn")},
    ),
    Facts(
        type="AWS::ApiGateway::BasePathMapping",
        source=f"{PAGE}basepathmapping.html",
        arns=("apigateway:{region}::/domainnames/*/basepathmappings/*", "apigateway:{region}::/domainnames/*/basepathmappings"),
        refers={
            "DomainName": ("AWS::ApiGateway::DomainName", "Ref"),
            "RestApiId": ("AWS::ApiGateway::RestApi", "Ref"),
            "Stage": ("AWS::ApiGateway::Stage", "Ref"),
        },
    ),
    Facts(
        type="AWS::ApiGateway::Deployment",
        source=f"{PAGE}deployment.html",
        arns=(f"{REST_APIS}/*/deployments/*", f"{REST_APIS}/*/deployments"),
        refers={"RestApiId": ("AWS::ApiGateway::RestApi", "Ref")},
    ),
    Facts(
        type="AWS::ApiGateway::DomainName",
        source=f"{PAGE}domainname.html",
        arns=("apigateway:{region}::/domainnames/*", "apigateway:{region}::/domainnames"),
        answers=(Answers(443, tls=MODERN),),
        beside=TAGS,
    ),
    Facts(
        type="AWS::ApiGateway::GatewayResponse",
        source=f"{PAGE}gatewayresponse.html",
        arns=(f"{REST_APIS}/*/gatewayresponses/*", f"{REST_APIS}/*/gatewayresponses"),
        refers={"RestApiId": ("AWS::ApiGateway::RestApi", "Ref")},
    ),
    Facts(
        type="AWS::ApiGateway::Method",
        source=f"{PAGE}method.html",
        arns=(f"{REST_APIS}/*/resources/*/methods/*",),
        roles=(Role("Integration.Credentials", "apigateway.amazonaws.com"),),
        refers={
            "AuthorizerId": ("AWS::ApiGateway::Authorizer", "Ref"),
            "ResourceId": ("AWS::ApiGateway::Resource", "Ref"),
            "RestApiId": ("AWS::ApiGateway::RestApi", "Ref"),
        },
    ),
    Facts(
        type="AWS::ApiGateway::Resource",
        source=f"{PAGE}resource.html",
        arns=(f"{REST_APIS}/*/resources/*", f"{REST_APIS}/*/resources"),
        refers={"RestApiId": ("AWS::ApiGateway::RestApi", "Ref")},
    ),
    Facts(
        type="AWS::ApiGateway::RestApi",
        source=f"{PAGE}restapi.html",
        arns=(f"{REST_APIS}/*", REST_APIS),
        answers=(Answers(443, tls=MODERN),),
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
        metrics=(Metrics("AWS/ApiGateway", {"ApiName": ".Name"}, (*COUNTS, "IntegrationLatency", "Latency"), counts=COUNTS),),
        beside=TAGS,
        # It reads a document from there.
        unused=("s3:GetObject",),
    ),
    Facts(
        type="AWS::ApiGateway::Stage",
        source=f"{PAGE}stage.html",
        arns=(f"{REST_APIS}/*/stages/*", f"{REST_APIS}/*/stages"),
        metrics=(
            Metrics(
                "AWS/ApiGateway",
                {"Stage": "Ref"},
                (*COUNTS, "IntegrationLatency", "Latency"),
                others={"ApiName": ("AWS::ApiGateway::RestApi", ".Name")},
                counts=COUNTS,
            ),
        ),
        refers={"DeploymentId": ("AWS::ApiGateway::Deployment", "Ref"), "RestApiId": ("AWS::ApiGateway::RestApi", "Ref")},
    ),
    Facts(
        type="AWS::ApiGateway::UsagePlan",
        source=f"{PAGE}usageplan.html",
        arns=("apigateway:{region}::/usageplans/*", "apigateway:{region}::/usageplans"),
        beside=TAGS,
        refers={"ApiStages.ApiId": ("AWS::ApiGateway::RestApi", "Ref"), "ApiStages.Stage": ("AWS::ApiGateway::Stage", "Ref")},
    ),
    Facts(
        type="AWS::ApiGateway::UsagePlanKey",
        source=f"{PAGE}usageplankey.html",
        arns=("apigateway:{region}::/usageplans/*/keys/*", "apigateway:{region}::/usageplans/*/keys"),
        refers={"KeyId": ("AWS::ApiGateway::ApiKey", "Ref"), "UsagePlanId": ("AWS::ApiGateway::UsagePlan", "Ref")},
    ),
    Facts(
        type="AWS::ApiGateway::VpcLink",
        source=f"{PAGE}vpclink.html",
        arns=("apigateway:{region}::/vpclinks/*", "apigateway:{region}::/vpclinks"),
        refers={"TargetArns": ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Ref")},
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/getting-started-with-private-integration.html
        beside=(
            *TAGS,
            Beside(
                (
                    "ec2:CreateVpcEndpointServiceConfiguration",
                    "ec2:DeleteVpcEndpointServiceConfigurations",
                    "ec2:ModifyVpcEndpointServicePermissions",
                ),
                ("ec2:{region}:{account}:vpc-endpoint-service/*",),
            ),
        ),
    ),
)
FACTS = {each.type: each for each in _ALL}
