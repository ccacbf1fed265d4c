"""What keeps data, or what others rely on, outlives its stack and every edit; in production nobody deletes it by mistake.

A harmless-looking edit can replace a database (aws-cdk 14259), and a template cannot make data again. What keeps nothing goes with its
stack: left behind, it would be in the way of the next creation, or of the deletion of what it uses.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference, Resource
from ci.model.arns import own_name
from ci.rules import Finding, shown, stated

SEVERITY = "loses"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-updatereplacepolicy.html"
REMEDY = "Next: set DeletionPolicy, UpdateReplacePolicy and the property as the type's facts have them (facts/)."

DELETED, REPLACED = "DeletionPolicy", "UpdateReplacePolicy"
# Nothing is in the way of these, and who keeps them has a reason: logs, and keys of what was encrypted.
RECORDS = ("AWS::KMS::Key", "AWS::Logs::LogGroup")
# Of the deletion alone. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
ON_DELETION = "RetainExceptOnCreate"


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at both policies of each resource, at backups, and at protection in production."""
    relied_on = {role for keeper, _ in deployment.with_facts("data") for role in _roles(keeper)}
    for resource in deployment:
        data, protection = resource.facts.data, resource.facts.protection
        if data and data.unless and resource.values(data.unless):
            continue
        if data or resource in relied_on:
            wanted = data.policies if data else (ON_DELETION, "Retain")
            yield from _policies(resource, wanted, data.what if data else "what others of the account rely on")
        elif any(resource.raw.get(policy, "Delete") != "Delete" for policy in (DELETED, REPLACED)) and (
            resource.type not in RECORDS or own_name(resource)
        ):
            yield Finding(resource, "keeps no data, and left behind by its stack it is in the way of the next one.")
        if data:
            missing = [backup for backup in data.backups if not backup.holds(resource)]
            yield from (Finding(resource, f"{stated(resource, backup)}: there is no copy of {data.what}.") for backup in missing)
        # Elastic Load Balancing deletes no load balancer that a VPC link uses.
        held = any(user.type == "AWS::ApiGateway::VpcLink" for user in deployment.users(resource))
        if protection and deployment.environment.production and not held and not protection.holds(resource):
            yield Finding(resource, f"{stated(resource, protection)}: in production anybody's mistake deletes it.")


def _policies(resource: Resource, wanted: tuple[str, ...], what: str) -> Iterator[Finding]:
    for policy in (DELETED, REPLACED):
        allowed = [each for each in wanted if policy == DELETED or each != ON_DELETION]
        if resource.raw.get(policy) not in allowed:
            yield Finding(resource, f"has {policy} {shown(resource.raw.get(policy))}, not {' or '.join(allowed)}: {what} would be gone.")


def _roles(keeper: Resource) -> Iterator[Resource]:
    for role in keeper.facts.roles:
        yield from (value.resource for value in keeper.values(role.path) if isinstance(value, Reference))
