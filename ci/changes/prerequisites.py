"""What an administrator has to do before an update: bring the stacks outside of the root up to date, and lift a stack policy."""

from collections.abc import Collection, Iterator

from ci.changes.before import Before
from ci.changes.differ import Change
from ci.changes.finding import Finding
from ci.model import Deployment, Resource
from ci.model.identity import Statement, allowed, grants, permissions, statements
from ci.model.values import references
from facts.constraints.deletion import LOST

BOUNDARY, TASKS = "AWS::IAM::ManagedPolicy", "AWS::ECS::TaskDefinition"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"
GUARDED = tuple(row.type for row in LOST if row.policy)
# The root, with all that it nests, is what a deployment updates.
ALLOW_ALL = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"}]}'


def first(before: Before, new: Deployment, found: Collection[Change]) -> list[str]:
    """What has to be done before, as sentences."""
    sentences = []
    if alone := sorted(set(_outside(before.deployment, found))):
        stacks = " and ".join(alone)
        sentences.append(f"An administrator updates {stacks} first, which a deployment of the root stack does not touch (docs/operate.md).")
    if before.known.green_is_live and _moves(before.deployment) and not _moves(new):
        sentences.append("Green has the traffic: deploy once more with the strategy as it is, so that blue has it.")
    for label, stack in _denied(before.deployment, found):
        sentences.append(
            f"A stack policy denies the replacement and the deletion of {label}. An administrator lifts it for this deployment: "
            f"aws cloudformation set-stack-policy --stack-name {stack} --stack-policy-body '{ALLOW_ALL}'"
        )
    return sentences


def _moves(deployment: Deployment) -> bool:
    """Whether ECS shifts traffic between two target groups."""
    strategies = (service.get("DeploymentConfiguration", "Strategy") for service in deployment.of("AWS::ECS::Service"))
    return any(strategy not in (None, "ROLLING") for strategy in strategies)


def refused(old: Deployment, new: Deployment, found: Collection[Change]) -> Iterator[Finding]:
    """Roles that the boundary as it is deployed would leave without what a task needs before it starts.

    What other roles lack then is missing until the bootstrap is updated, and stops no deployment. Where a stack policy has to be lifted
    anyway, an administrator is there, and updates the bootstrap in the same step.
    """
    changed = {change.label for change in found if change.type == BOUNDARY}
    if not changed or any(True for _ in _denied(old, found)):
        return
    before, after = ({one.label: _granted(side, one) for one in side.of(BOUNDARY) if one.label in changed} for side in (old, new))
    needed = {each.resource for tasks in new.of(TASKS) for each in references(tasks.get("ExecutionRoleArn"))}
    for role in sorted(needed, key=lambda role: role.label):
        for label in sorted(before.keys() & after.keys()) if role.get("PermissionsBoundary") else ():
            lacking = [
                (action, resource)
                for action, resource in sorted(grants(permissions(new, role)))
                if allowed(after[label], action, resource) and not allowed(before[label], action, resource)
            ]
            if lacking:
                action, resource = lacking[0]
                sentence = (
                    f"would need {action} on {resource}, which the permissions boundary that is deployed ({label}) does not let through: "
                    "a deployment does not touch the bootstrap, which an administrator updates first"
                )
                yield Finding("fails", role.label, f"the update of {role.template.name}, when new tasks start", sentence, SOURCE)


def _granted(side: Deployment, policy: Resource) -> list[Statement]:
    return statements(side, policy, policy.get("PolicyDocument"))


def _outside(old: Deployment, found: Collection[Change]) -> Iterator[str]:
    for change in found:
        template = old.templates.get(change.label.partition(".")[0])
        if template and template.stack is None and template.name != "root" and change.kind != "may be changed":
            yield old.stack_name(template)


def _denied(old: Deployment, found: Collection[Change]) -> Iterator[tuple[str, str]]:
    for change in found:
        template = old.templates.get(change.label.partition(".")[0])
        if template and template.stack and change.type in GUARDED and change.kind in ("removed", "replaced", "may be replaced"):
            yield change.label, old.stack_name(template)
