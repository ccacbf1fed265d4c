"""The role of GitHub's workflows may hand the execution role to CloudFormation, do with the stacks what a deployment takes, and no more.

It holds no other permission of IAM, so that a workflow can never give itself more.
"""

from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.model.arns import arn
from ci.model.deploying import execution_role
from ci.model.identity import differences, listed, permissions, trust
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html"
REMEDY = "Correct templates/layers/bootstrap/deploy_role.py."

LONGEST = 4 * 3600
STACKS = (
    "CancelUpdateStack ContinueUpdateRollback CreateChangeSet DeleteChangeSet DescribeChangeSet DescribeStackEvents DescribeStackResources "
    "DescribeStacks ExecuteChangeSet GetTemplate GetTemplateSummary ListChangeSets ListStackResources SetStackPolicy TagResource "
    "UpdateTerminationProtection"
)
TASKS = "DescribeServiceDeployments DescribeServices DescribeTasks ListServiceDeployments ListTasks StopServiceDeployment"
# A deployment wakes an environment that sleeps; what is asked for on two kinds of resource stands at both.
WAKE = "application-autoscaling:RegisterScalableTarget ecs:UpdateService"
LOOK_UP = "acm:DescribeCertificate cloudwatch:DescribeAlarms"
ALLOWED = {
    "cloudformation:{region}:{account}:stack/{stack}/*": STACKS,
    "cloudformation:{region}:{account}:stack/{stack}-*/*": STACKS,
    "cloudformation:{region}:{account}:stack/{bootstrap}/*": "DescribeStacks",
    "application-autoscaling:{region}:{account}:scalable-target/*": WAKE,
    "ecs:{region}:{account}:cluster/{stack}-*": TASKS,
    "ecs:{region}:{account}:container-instance/{stack}-*": TASKS,
    "ecs:{region}:{account}:service/{stack}-*": f"{TASKS} {WAKE}",
    "ecs:{region}:{account}:service-deployment/{stack}-*": TASKS,
    "ecs:{region}:{account}:task/{stack}-*": TASKS,
    "logs:{region}:{account}:log-group:{stack}-*": "FilterLogEvents GetLogEvents",
    "acm:{region}:{account}:certificate/*": LOOK_UP,
    # Alarms are looked up by name, but that is checked against all of them.
    "cloudwatch:{region}:{account}:alarm:*": LOOK_UP,
    "*": "cloudformation:ValidateTemplate ec2:DescribeAvailabilityZones ec2:DescribeManagedPrefixLists ecr:GetAuthorizationToken "
    "elasticloadbalancing:DescribeRules",
}
# On what bootstrap itself holds.
PUSH = (
    *("BatchCheckLayerAvailability", "BatchGetImage", "CompleteLayerUpload", "DescribeImages"),
    *("GetDownloadUrlForLayer", "InitiateLayerUpload", "PutImage", "UploadLayerPart"),
)


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at the role that trusts a federated provider, where the settings name a repository."""
    roles = [role for role in deployment.of("AWS::IAM::Role") if any("Federated" in given.principals for given in trust(deployment, role))]
    if len(roles) != bool(deployment.environment.account.github_repository):
        yield Finding(None, f"There are {len(roles)} roles for GitHub, against what account.github_repository says.")
    for role in roles:
        yield from (Finding(role, end) for end in differences(permissions(deployment, role), _needed(deployment)))
        if role.get("MaxSessionDuration") != LONGEST:
            yield Finding(role, f"may be taken on for other than the {LONGEST} s of a deployment in steps.")


def _needed(deployment: Deployment) -> set[tuple[str, str]]:
    def own(resource: Resource) -> str:
        return arn(deployment, resource)

    artifacts = own(deployment.templates["bootstrap"].resources["Artifacts"])
    return {
        *listed(deployment.environment, ALLOWED),
        ("iam:PassRole", own(execution_role(deployment))),
        *((f"s3:{action}", f"{artifacts}/*") for action in ("GetObject", "PutObject")),
        *((f"s3:{action}", artifacts) for action in ("GetBucketLocation", "ListBucket")),
        *((f"ecr:{action}", own(deployment.only("AWS::ECR::Repository"))) for action in PUSH),
    }
