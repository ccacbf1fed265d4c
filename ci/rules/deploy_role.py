"""The role of GitHub's workflows may hand the execution role to CloudFormation, and do with the stacks what a deployment takes.

It holds no other permission of IAM, so that a workflow can never give itself more.
"""

from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.model.arns import ACCOUNT, arn
from ci.model.identity import allowed, permissions, trust
from ci.rules import Finding
from templates import names

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html"
REMEDY = "Correct templates/bootstrap/deploy_role.py."

LONGEST = 4 * 3600
STACK = ("CreateChangeSet", "DescribeChangeSet", "ExecuteChangeSet", "DescribeStacks", "DescribeStackEvents")
PUSH = ("InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "PutImage", "BatchCheckLayerAvailability")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at the role that trusts a federated provider, where the settings name a repository."""
    roles = [role for role in deployment.of("AWS::IAM::Role") if any("Federated" in given.principals for given in trust(deployment, role))]
    if len(roles) != bool(deployment.environment.account.github_repository):
        yield Finding(None, f"There are {len(roles)} roles for GitHub, against what account.github_repository says.")
    for role in roles:
        yield from _role(deployment, role)


def _role(deployment: Deployment, role: Resource) -> Iterator[Finding]:
    environment, given = deployment.environment, permissions(deployment, role)
    takers = [other for other in deployment.of("AWS::IAM::Role") if "cloudformation.amazonaws.com" in _services(deployment, other)]
    executions = {arn(deployment, other) for other in takers}
    for statement in given:
        if any(action.startswith("iam:") for action in statement.actions):
            to = statement.condition("iam:PassedToService")
            if (
                statement.actions != ["iam:PassRole"]
                or to != ["cloudformation.amazonaws.com"]
                or not set(statement.resources) <= executions
            ):
                yield Finding(role, "may do more with IAM than hand the execution role to CloudFormation.")
    if not executions or not all(allowed(given, "iam:PassRole", execution) for execution in executions):
        yield Finding(role, "may not hand the execution role to CloudFormation.")
    stack = f"arn:aws:cloudformation:{environment.region}:{ACCOUNT}:stack/{names.stack(environment)}/*"
    lacking = [f"cloudformation:{action}" for action in STACK if not allowed(given, f"cloudformation:{action}", stack)]
    registry = arn(deployment, deployment.only("AWS::ECR::Repository"))
    lacking += [f"ecr:{action}" for action in PUSH if not allowed(given, f"ecr:{action}", registry)]
    of = f"{environment.region}:{ACCOUNT}"
    wake = {
        "application-autoscaling:RegisterScalableTarget": f"arn:aws:application-autoscaling:{of}:scalable-target/1",
        "ecs:DescribeServices": f"arn:aws:ecs:{of}:service/{names.stack(environment)}-1/1",
        "ecs:UpdateService": f"arn:aws:ecs:{of}:service/{names.stack(environment)}-1/1",
    }
    lacking += [action for action, resource in wake.items() if not allowed(given, action, resource)]
    bootstrap = f"arn:aws:cloudformation:{environment.region}:{ACCOUNT}:stack/{names.bootstrap_stack(environment)}/*"
    lacking += [] if allowed(given, "cloudformation:DescribeStacks", bootstrap) else ["cloudformation:DescribeStacks on bootstrap"]
    if role.get("MaxSessionDuration", default=3600) < LONGEST:
        yield Finding(role, f"may be taken on for less than the {LONGEST} s of a deployment in steps.")
    if lacking:
        yield Finding(role, f"lacks {', '.join(lacking)}.")


def _services(deployment: Deployment, role: Resource) -> set[str]:
    return {service for statement in trust(deployment, role) for service in statement.principals.get("Service", [])}
