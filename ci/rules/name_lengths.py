"""Names are within AWS's limits once CloudFormation has put the stack's name in front of them.

A role's name is cut to 64 characters; if the cut reached into the environment's name, the execution role could not create it.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.model.arns import name, own_name
from ci.rules import Finding
from templates import names

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length"
REMEDY = "Shorten project or the environment's name, or the resource's logical id."

ROLE, RANDOM = 64, 13
LIMITS = {
    "AWS::CloudWatch::Alarm": 255,
    "AWS::Cognito::UserPoolDomain": 63,
    "AWS::ECR::Repository": 256,
    "AWS::IAM::ManagedPolicy": 128,
    "AWS::Logs::LogGroup": 512,
    "AWS::RDS::DBInstance": 63,
}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Count what CloudFormation will make of each name."""
    prefix = len(names.stack(deployment.environment)) + 1
    for resource in deployment:
        if resource.type in ("AWS::IAM::Role", "AWS::IAM::InstanceProfile") and resource.template.stack:
            left = ROLE - RANDOM - 2 - len(resource.logical_id)
            if left < prefix:
                yield Finding(resource, f"leaves {left} characters of its name for the stack's, {prefix} are needed.")
        limit = LIMITS.get(resource.type)
        own = own_name(resource)
        # An account's number is twelve digits, where the template has its name.
        if limit and own is not None and len(name(deployment, resource).replace("${AWS::AccountId}", "1" * 12)) > limit:
            yield Finding(resource, f"has a name of more than {limit} characters.")
        if resource.type == "AWS::CloudFormation::Stack" and prefix + len(resource.logical_id) + 1 + RANDOM > 128:
            yield Finding(resource, "has a name of more than 128 characters.")
