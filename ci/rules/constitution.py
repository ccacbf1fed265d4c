"""What no change of these templates may touch: the few things that are written here by value.

Every other rule reasons over the facts of whatever is in the templates. These say what this project is: whoever wants one of them otherwise
changes this file, in a commit of its own, with the reason.
"""

from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.model.arns import filled
from ci.model.identity import Statement, permissions, statements, trust
from ci.model.reach import flows, group_name, groups_of
from ci.model.resource import Missing
from ci.model.tasks import own_containers
from ci.rules import Finding
from templates import github, names
from templates.github import OIDC_HOST

SEVERITY = "exposes"
SOURCE = "docs/verify.md"
REMEDY = "Undo the change; or change ci/rules/constitution.py, with the reason."

# The rule in front of the tasks, under every setting. ECS rewrites its weights while it deploys: if the template's rule ever changed,
# CloudFormation would set them back, perhaps to a target group without tasks (aws-cdk 36649, containers-roadmap 2853).
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-implementation.html
PRIORITY = 1
CONDITIONS = [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}]
WEIGHTS = [100, 0]

# Who reaches the database: tasks of the service's own image, and people through the bastion.
PEOPLE = "bastion"
DATABASES = ("AWS::RDS::DBCluster", "AWS::RDS::DBInstance", "AWS::RDS::DBProxy")

# Who takes on the roles that deploy: CloudFormation, and GitHub for the repository and refs of the settings.
CLOUDFORMATION = "cloudformation.amazonaws.com"
AUDIENCE = "sts.amazonaws.com"

# What no role of the stacks may ever do, as its boundary says: change who may do what, or leave the account's hands.
CEILING = ("iam:", "sts:AssumeRole", "organizations:", "account:", "sso:", "kms:PutKeyPolicy", "kms:CreateGrant", "kms:ScheduleKeyDeletion")
# A schedule that starts tasks hands on their roles, to the service that runs them alone.
PASSES, TO = "iam:PassRole", {"StringEquals": {"iam:PassedToService": ["ecs-tasks.amazonaws.com"]}}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each of them."""
    yield from _production_rule(deployment)
    yield from _database(deployment)
    yield from _firewall(deployment)
    yield from _deployers(deployment)
    yield from _ceiling(deployment)


def _production_rule(deployment: Deployment) -> Iterator[Finding]:
    for service in deployment.of("AWS::ECS::Service"):
        for live in {value.resource for value in service.values("LoadBalancers.TargetGroupArn") if hasattr(value, "resource")}:
            rules = [rule for rule in deployment.of("AWS::ElasticLoadBalancingV2::ListenerRule") if rule in deployment.users(live)]
            if len(rules) != 1:
                yield Finding(service, f"has {len(rules)} listener rules before its tasks, and not one.")
            for rule in rules:
                groups = rule.get("Actions", 0, "ForwardConfig", "TargetGroups", default=[])
                if (rule.get("Priority"), rule.get("Conditions")) != (PRIORITY, CONDITIONS):
                    yield Finding(rule, f"is not the rule of priority {PRIORITY} for all paths.")
                forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
                if rule.get("Actions") != [forward] or [group.get("Weight") for group in groups] != WEIGHTS:
                    yield Finding(rule, f"does not forward alone, with the weights {WEIGHTS}.")
                elif rule.target("Actions", 0, "ForwardConfig", "TargetGroups", 0, "TargetGroupArn") is not live:
                    yield Finding(rule, f"does not give its weight to {live.label}, the first target group of {service.label}.")
                elif groups[0].get("TargetGroupArn") == groups[1].get("TargetGroupArn"):
                    yield Finding(rule, "forwards to one target group twice.")


def _database(deployment: Deployment) -> Iterator[Finding]:
    holding = {group_name(group): kept for kept in deployment.of(*DATABASES) for group in groups_of(kept)}
    if not holding:
        return
    own = {PEOPLE, *_own_code(deployment)}
    for source, target, ports in sorted(flows(deployment)):
        if target in holding and source not in own:
            yield Finding(holding[target], f"can be reached by {source} on port {ports[0]}, which is neither the service nor the bastion.")


def _own_code(deployment: Deployment) -> Iterator[str]:
    """The security groups of tasks in which nothing but the service's image talks to the database."""
    definitions = {definition for definition, _ in own_containers(deployment)}
    for resource, _ in deployment.with_facts("member"):
        if definitions & deployment.uses(resource):
            yield from map(group_name, groups_of(resource))


def _firewall(deployment: Deployment) -> Iterator[Finding]:
    if not deployment.environment.production or not deployment.environment.api.waf:
        return
    for stage in deployment.of("AWS::ApiGateway::Stage"):
        if not any(stage in deployment.uses(link) for link in deployment.of("AWS::WAFv2::WebACLAssociation")):
            yield Finding(stage, "has no web ACL in front of it, in production.")


def deploys(role: Resource) -> bool:
    """Whether a role is one of those that deploy: it is outside the stacks that CloudFormation creates with it."""
    return role.template.name == "bootstrap"


def execution_role(deployment: Deployment) -> Resource:
    """The one role that CloudFormation takes on; raises Missing."""
    roles = [role for role in deployment.of("AWS::IAM::Role") if deploys(role) and _trusts(deployment, role, "Service")]
    if len(roles) != 1:
        raise Missing(None, f"{len(roles)} roles of the bootstrap stack trust a service; one does, which CloudFormation takes on.")
    return roles[0]


def deploy_roles(deployment: Deployment) -> list[Resource]:
    """The roles that workflows on GitHub take on."""
    return [role for role in deployment.of("AWS::IAM::Role") if _trusts(deployment, role, "Federated")]


def _trusts(deployment: Deployment, role: Resource, kind: str) -> bool:
    return any(kind in statement.principals for statement in trust(deployment, role))


def _deployers(deployment: Deployment) -> Iterator[Finding]:
    account = deployment.environment.account
    provider = account.oidc_provider_arn or filled(deployment.environment, f"iam::{{account}}:oidc-provider/{OIDC_HOST}")
    claims = {"sub": github.subjects(deployment.environment), "ref": github.refs(deployment.environment)}
    like = {f"{OIDC_HOST}:{claim}": values for claim, values in claims.items() if values}
    signed = {"StringEquals": {f"{OIDC_HOST}:aud": [AUDIENCE]}, "StringLike": like}
    workflow = ("Allow", {"Federated": [provider]}, ["sts:AssumeRoleWithWebIdentity"], signed)
    # CloudFormation documents no condition keys. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
    cloudformation = ("Allow", {"Service": [CLOUDFORMATION]}, ["sts:AssumeRole"], dict[str, dict[str, list[str]]]())
    execution, workflows = execution_role(deployment), deploy_roles(deployment)
    if len(workflows) != bool(account.github_repository):
        yield Finding(None, f"There are {len(workflows)} roles for GitHub, against what account.github_repository says.")
    for role, wanted in [(execution, cloudformation), *((role, workflow) for role in workflows)]:
        if [(each.effect, each.principals, each.actions, each.conditions) for each in trust(deployment, role)] != [wanted]:
            yield Finding(role, f"can be taken on by others than {wanted[1]}, or not by these on their conditions.")
    for role in deployment.of("AWS::IAM::Role"):
        if deploys(role) and role not in (execution, *workflows):
            yield Finding(role, "is neither CloudFormation's role nor that of the workflows.")
    # Whoever signs for another address could take on the role of the workflows.
    made = [{"Url": f"https://{OIDC_HOST}", "ClientIdList": [AUDIENCE]}] if workflows and not account.oidc_provider_arn else []
    providers = deployment.of("AWS::IAM::OIDCProvider")
    if [each.properties for each in providers] != made:
        yield Finding(providers[0] if providers else None, f"is not GitHub's identity provider for AWS alone: {made or 'none'} is wanted.")


def boundary(deployment: Deployment) -> Resource:
    """The permissions boundary of every role in the stacks; raises Missing."""
    name = names.boundary(deployment.environment)
    found = [policy for policy in deployment.of("AWS::IAM::ManagedPolicy") if policy.get("ManagedPolicyName") == name]
    if len(found) != 1 or found[0].template.stack is not None:
        raise Missing(None, f"There is not one policy {name}, outside the stacks whose roles it limits.")
    return found[0]


def _ceiling(deployment: Deployment) -> Iterator[Finding]:
    limits = boundary(deployment)
    found: list[tuple[Resource, Statement]] = [
        (limits, each) for each in statements(deployment, limits, limits.need("PolicyDocument")) if each.effect == "Allow"
    ]
    # Workflows hand the execution role to CloudFormation, and hold nothing else of IAM, so that none can give itself more.
    execution = execution_role(deployment)
    for role in deploy_roles(deployment):
        found += [(role, each) for each in permissions(deployment, role) if each.conditions != _to_cloudformation(each, execution)]
    for owner, statement in found:
        for action in statement.actions:
            handed_on = action == PASSES and statement.conditions == TO
            if (action.startswith(CEILING) and not handed_on) or "*" in action:
                yield Finding(owner, f"lets roles do {action}, which none may ever do.")


def _to_cloudformation(statement: Statement, execution: Resource) -> object:
    """The conditions on which a workflow may hand on the execution role; nothing has these where it is about something else."""
    handed = statement.actions == [PASSES] and [getattr(each, "resource", None) for each in statement.named] == [execution]
    return {"StringEquals": {"iam:PassedToService": [CLOUDFORMATION]}} if handed else None
