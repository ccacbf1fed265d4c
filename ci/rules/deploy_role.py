"""The role of GitHub's workflows may do with this environment's stacks and images what the commands here call, and touches nothing else.

What it lacks stops a workflow halfway; that it holds nothing of IAM but the hand-over of the execution role, the rule constitution says.
"""

import re
from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.model.arns import arn, filled
from ci.model.identity import allowed, grants, permissions
from ci.model.scopes import within
from ci.rules import Finding
from ci.rules.constitution import deploy_roles, execution_role
from facts.reference import authorization
from templates import names

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html"
REMEDY = "Allow what the command calls in templates/layers/bootstrap/deploy_role.py, and list it here."

# What `aws cloudformation deploy` and the commands in ci/ call, and a push of an image; by the ARN on which IAM looks for it.
CALLS = {
    "cloudformation:{region}:{account}:stack/{stack}/*": "CancelUpdateStack ContinueUpdateRollback CreateChangeSet DeleteChangeSet "
    "DescribeChangeSet DescribeStackEvents DescribeStackResources DescribeStacks ExecuteChangeSet GetTemplate GetTemplateSummary "
    "ListChangeSets ListStackResources SetStackPolicy TagResource UpdateTerminationProtection",
    "cloudformation:{region}:{account}:stack/{bootstrap}/*": "DescribeStacks",
    # A deployment wakes an environment that sleeps: auto scaling asks for the right to change the service itself, too.
    "application-autoscaling:{region}:{account}:scalable-target/*": "RegisterScalableTarget",
    # And for the right to change the alarms of target tracking, which AWS names.
    # https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html
    "cloudwatch:{region}:{account}:alarm:TargetTracking-service/{stack}-*": "DeleteAlarms PutMetricAlarm",
    "ecs:{region}:{account}:service/{stack}-*": "DescribeServices ListServiceDeployments UpdateService",
    "ecs:{region}:{account}:service-deployment/{stack}-*": "DescribeServiceDeployments StopServiceDeployment",
    "ecs:{region}:{account}:task/{stack}-*": "DescribeTasks",
    # Tasks are listed by what they run on, although Fargate has none of that.
    "ecs:{region}:{account}:container-instance/{stack}-*": "ListTasks",
    "logs:{region}:{account}:log-group:{stack}-*": "FilterLogEvents GetLogEvents",
}
WITHOUT_RESOURCE = (
    *("cloudformation:ValidateTemplate", "ec2:DescribeAvailabilityZones", "ec2:DescribeManagedPrefixLists"),
    *("ecr:GetAuthorizationToken", "elasticloadbalancing:DescribeRules"),
)
LOOK_UP = {
    "acm:DescribeCertificate": "acm:{region}:{account}:certificate/*",
    # Alarms are looked up by name, but that is checked against all of them.
    "cloudwatch:DescribeAlarms": "cloudwatch:{region}:{account}:alarm:*",
}
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
PUSH = (
    *("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages"),
    *("ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"),
)
# The longest that a deployment in steps takes.
SECONDS = range(3600, 12 * 3600 + 1)


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare what the role may do with what is called, where the settings name a repository."""
    for role in deploy_roles(deployment):
        given = permissions(deployment, role)
        needed = set(_needed(deployment, role))
        for action, resource in sorted(needed):
            if not allowed(given, action, resource):
                yield Finding(role, f"lacks {action} on {resource}, which a command calls.")
        called, looked_up = {action for action, _ in needed}, {filled(deployment.environment, each) for each in LOOK_UP.values()}
        looks = {action for action, resource in needed if resource in looked_up}
        for action, resource in sorted(grants(given)):
            if action not in called:
                yield Finding(role, f"is allowed {action}, which no command calls.")
            elif not (resource in looked_up and action in looks) and not _ours(deployment, action, resource):
                yield Finding(role, f"is allowed {action} on {resource}, which is more than this environment's.")
        for statement in given:
            if statement.conditions and statement.actions != ["iam:PassRole"]:
                yield Finding(role, f"is allowed {', '.join(statement.actions)} on conditions that a workflow may not meet.")
        seconds = role.get("MaxSessionDuration", default=3600)
        if seconds not in SECONDS or seconds < deployment.environment.deployment.minutes * 60:
            yield Finding(role, f"may be taken on for {seconds} s: a deployment in steps takes longer, or IAM refuses it.")


def _needed(deployment: Deployment, role: Resource) -> Iterator[tuple[str, str]]:
    for pattern, actions in CALLS.items():
        for name in actions.split():
            yield f"{pattern.partition(':')[0]}:{name}", filled(deployment.environment, pattern)
    yield from ((action, "*") for action in WITHOUT_RESOURCE)
    yield from ((action, filled(deployment.environment, pattern)) for action, pattern in LOOK_UP.items())
    yield "iam:PassRole", arn(deployment, execution_role(deployment))
    for resource in role.template.resources.values():
        if resource.type == "AWS::S3::Bucket":
            yield from ((action, arn(deployment, resource)) for action in ("s3:GetBucketLocation", "s3:ListBucket"))
            yield from ((action, f"{arn(deployment, resource)}/*") for action in ("s3:GetObject", "s3:PutObject"))
        elif resource.type == "AWS::ECR::Repository":
            yield from ((action, arn(deployment, resource)) for action in PUSH)


def _ours(deployment: Deployment, action: str, resource: str) -> bool:
    service, _, name = action.partition(":")
    if resource == "*":
        return name.lower() in authorization(service).without_resource
    # What begins with the name of this environment's stacks.
    stacks = {names.stack(deployment.environment), names.bootstrap_stack(deployment.environment)}
    parts = re.split("[:/]", resource)
    return within(deployment, resource) or any(part in stacks or part.startswith(tuple(f"{stack}-" for stack in stacks)) for part in parts)
