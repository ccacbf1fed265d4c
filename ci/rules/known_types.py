"""Every resource is of a type that these rules know.

About a type that no rule was written for, a pass would say nothing: a public function, queue or distribution would go unseen.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Finding

SEVERITY = "exposes"
SOURCE = "docs/verify.md"
REMEDY = "Write the rules that the type needs, then add it to ci/rules/known_types.py."

KNOWN = {
    "ApiGateway": "Account ApiKey Authorizer BasePathMapping Deployment DomainName GatewayResponse Method Resource RestApi Stage "
    "UsagePlan UsagePlanKey VpcLink",
    "ApiGatewayV2": "VpcLink",
    "ApplicationAutoScaling": "ScalableTarget ScalingPolicy",
    "Budgets": "Budget",
    "Chatbot": "SlackChannelConfiguration",
    "CloudFormation": "Stack",
    "CloudWatch": "Alarm Dashboard",
    "Cognito": "UserPool UserPoolClient UserPoolDomain UserPoolResourceServer",
    # EC2's own list is in the rule no-internet.
    "ECR": "Repository",
    "ECS": "Cluster Service TaskDefinition",
    "ElasticLoadBalancingV2": "Listener ListenerRule LoadBalancer TargetGroup",
    "Events": "Rule",
    "IAM": "InstanceProfile ManagedPolicy OIDCProvider Role",
    "KMS": "Key",
    "Logs": "LogGroup",
    "RDS": "DBInstance DBParameterGroup DBSubnetGroup",
    "S3": "Bucket BucketPolicy",
    "SNS": "Subscription Topic TopicPolicy",
    "WAFv2": "LoggingConfiguration WebACL WebACLAssociation",
}
TYPES = {f"AWS::{service}::{kind}" for service, kinds in KNOWN.items() for kind in kinds.split()}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare each type with the list."""
    for resource in deployment:
        if resource.type not in TYPES and not resource.type.startswith("AWS::EC2::"):
            yield Finding(resource, f"is a {resource.type or 'resource without a type'}, of which these rules know nothing.")
