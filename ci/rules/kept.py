"""What holds data, or what others rely on, outlives its stack; nothing else does.

Users, images and logs cannot be made again from a template; what is left over by a name stops the next creation.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Expected, Finding, expect

SEVERITY = "loses"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html"
REMEDY = "Restore DeletionPolicy and UpdateReplacePolicy, and protection where production is declared."

KEPT = (
    "AWS::ApiGateway::Account",
    "AWS::Cognito::UserPool",
    "AWS::ECR::Repository",
    "AWS::IAM::OIDCProvider",
    "AWS::S3::Bucket",
)
POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at both policies of each, and at deletion protection in production."""
    production = deployment.environment.production
    for resource in deployment:
        alike = resource.type in KEPT or (resource.type == "AWS::IAM::Role" and resource.template.name == "account")
        # The database has a rule of its own.
        for policy in POLICIES if resource.type != "AWS::RDS::DBInstance" else ():
            # What has a name, or there is one of, must not be left over by a first creation that fails: it would stop the second.
            once = policy == "DeletionPolicy" and resource.type != "AWS::S3::Bucket"
            wanted = ("RetainExceptOnCreate" if once else "Retain") if alike else None
            if resource.raw.get(policy) != wanted:
                yield Finding(resource, f"has {policy} {resource.raw.get(policy)}, not {wanted}.")
    yield from expect(
        deployment,
        Expected("AWS::Cognito::UserPool", ("DeletionProtection",), "ACTIVE" if production else "INACTIVE", "editors could be deleted"),
    )
    for bucket in deployment.templates["bootstrap"].resources.values() if "bootstrap" in deployment.templates else ():
        if bucket.type == "AWS::S3::Bucket" and bucket.get("VersioningConfiguration", "Status") != "Enabled":
            yield Finding(bucket, "keeps no versions: a template that is deployed could be overwritten.")
    for balancer in deployment.of("AWS::ElasticLoadBalancingV2::LoadBalancer"):
        protected = balancer.pairs("LoadBalancerAttributes").get("deletion_protection.enabled")
        if protected != str(production).lower():
            yield Finding(balancer, f"has deletion_protection.enabled = {protected}, against what production = {production} asks for.")
