"""Nothing has a name of its own but the few that need one, and these have the name by which others know them.

A resource with a name of its own cannot be replaced while it stands (convox/rack 2941).
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference
from ci.model.arns import ACCOUNT, own_name, written
from ci.rules import Finding
from templates import names

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html"
REMEDY = "Let CloudFormation name it; a name that must be goes into templates/names.py with its reason."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare each name with those of templates/names.py."""
    environment = deployment.environment
    logs = f"/aws/rds/instance/{names.database_instance(environment)}"
    clusters = [written(deployment, Reference(cluster)) for cluster in deployment.of("AWS::ECS::Cluster")]
    wanted = {
        "AWS::Chatbot::SlackChannelConfiguration": {names.stack(environment)},
        "AWS::CloudWatch::Alarm": set(names.rollback_alarms(environment)),
        "AWS::Cognito::UserPoolDomain": {f"{names.cognito_domain(environment)}-{ACCOUNT}"},
        "AWS::ECR::Repository": {names.repository(environment)},
        "AWS::IAM::ManagedPolicy": {names.boundary(environment)},
        "AWS::Logs::LogGroup": {f"{logs}/postgresql", f"{logs}/upgrade", names.waf_log_group(environment)}
        | {f"/aws/ecs/containerinsights/{cluster}/performance" for cluster in clusters},
        "AWS::RDS::DBInstance": {names.database_instance(environment)},
    }
    seen: dict[tuple[str, str], str] = {}
    for resource in deployment:
        value = own_name(resource)
        if value is None:
            if resource.type in ("AWS::Cognito::UserPoolDomain", "AWS::ECR::Repository", "AWS::RDS::DBInstance"):
                yield Finding(resource, "has no name, but others know it by one before it exists.")
            continue
        name = written(deployment, value)
        if name not in wanted.get(resource.type, ()):
            yield Finding(resource, f"has the name {name}, so that it cannot be replaced.")
        if other := seen.get((resource.type, name)):
            yield Finding(resource, f"has the name {name}, as {other} has.")
        seen[resource.type, name] = resource.label
