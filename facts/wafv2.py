"""AWS WAF."""

from facts.kinds import Beside, Facts, Metrics, Name

PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-wafv2-"
ACL = "wafv2:{region}:{account}:regional/webacl/*"
# https://docs.aws.amazon.com/waf/latest/developerguide/using-service-linked-roles.html
LINKED = ("wafv2.amazonaws.com",)

_ALL = (
    Facts(
        type="AWS::WAFv2::LoggingConfiguration",
        source=f"{PAGE}loggingconfiguration.html",
        acts_on=(ACL,),
        linked_roles=LINKED,
        refers={"ResourceArn": ("AWS::WAFv2::WebACL", "Arn")},
        # Of logs elsewhere than in CloudWatch.
        unused=("firehose:*", "s3:*"),
    ),
    Facts(
        type="AWS::WAFv2::WebACL",
        source=f"{PAGE}webacl.html",
        arns=(ACL, "wafv2:{region}:{account}:regional/managedruleset/*"),
        name=Name("Name", "region"),
        # https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html
        metrics=(
            Metrics(
                "AWS/WAFV2",
                {"WebACL": ".VisibilityConfig.MetricName"},
                ("AllowedRequests", "BlockedRequests", "CountedRequests", "PassedRequests"),
            ),
        ),
        unused=("payments:*",),
    ),
    Facts(
        type="AWS::WAFv2::WebACLAssociation",
        source=f"{PAGE}webaclassociation.html",
        acts_on=(ACL,),
        refers={"WebACLArn": ("AWS::WAFv2::WebACL", "Arn")},
        # https://docs.aws.amazon.com/waf/latest/developerguide/security_iam_service-with-iam.html
        beside=(Beside(("wafv2:AssociateWebACL", "wafv2:DisassociateWebACL"), ("apigateway:{region}::/restapis/*/stages/*",)),),
        # Of other kinds of resource that it can stand before.
        unused=(
            "amplify:*",
            "apprunner:*",
            "appsync:*",
            "bedrock-agentcore:*",
            "cognito-idp:*",
            "ec2:*VerifiedAccess*",
            "elasticloadbalancing:*",
            "wafv2:PutPermissionPolicy",
        ),
    ),
)
FACTS = {each.type: each for each in _ALL}
