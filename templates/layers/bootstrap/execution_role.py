"""The role with which CloudFormation creates the stacks: what the handlers of the resource types call, on what belongs to the environment.

The actions come from the registry's schemas (facts/generated/permissions.json), the resources from the facts of each type. It covers every
type that the templates can render with any settings, so that a changed setting seldom needs another bootstrap.
"""

from collections.abc import Iterable, Iterator, Sequence

import awacs.iam
import awacs.rds
import awacs.s3
from awacs.aws import Action, Condition, Statement, StringEquals, StringEqualsIfExists, StringLike
from troposphere import Ref, Sub
from troposphere.iam import ManagedPolicy, Role

import facts
from facts import reference
from templates import names, policies, references
from templates.encoding import encode
from templates.errors import WiringError
from templates.layer import Layer
from templates.roles import role
from templates.settings import Environment

# A managed policy holds 6144 characters without white space; pseudo parameters grow when they are resolved.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
POLICY_CHARACTERS = 5600
# A role takes ten managed policies. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
POLICIES = 10
# Whoever may do it to a role without the boundary can make itself an administrator.
GIVES_PERMISSIONS = {
    "iam:AttachRolePolicy",
    "iam:CreateRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
}


def execution_role(layer: Layer, nested: Sequence[Layer]) -> Role:
    """The role and its policies, as many as their size makes necessary; raises WiringError where they are too many."""
    execution = role(
        layer,
        "ExecutionRole",
        "With this CloudFormation creates the stacks",
        # CloudFormation documents no condition keys for this trust.
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
        policies.trust("cloudformation.amazonaws.com", source=None),
        bounded=False,
    )
    types = dict.fromkeys([*reference.permissions().resource_types, *(kind for other in nested for kind in other.types())])
    portions = list(_portions([*_statements(layer.environment, types, nested), *_roles(layer.environment, types)]))
    if len(portions) > POLICIES:
        raise WiringError(
            f"The execution role needs {len(portions)} managed policies for {len(types)} resource types, and IAM allows {POLICIES}: "
            "deploy some of the layers as a stack of their own, with a role of their own."
        )
    for number, statements in enumerate(portions, start=1):
        layer.add(
            ManagedPolicy(
                f"ExecutionPolicy{number}",
                Description="What CloudFormation may do to create the stacks",
                Roles=[Ref(execution)],
                PolicyDocument=policies.document(*statements),
            ),
            f"What CloudFormation may do, part {number}",
        )
    return execution


class _Services:
    """For each service, by the prefix of its actions, what CloudFormation calls and on which resources."""

    def __init__(self, environment: Environment, types: Iterable[str], nested: Sequence[Layer]) -> None:
        self.actions: dict[str, dict[str, None]] = {}
        self.scopes: dict[str, dict[str, None]] = {}
        self.looks: dict[str, dict[str, None]] = {}
        own = {named for layer in nested for named in layer.physical_names()}
        here = {kind for layer in nested for kind in layer.types()}
        for kind in types:
            known = facts.of(kind)
            for pattern in known.arns or known.acts_on:
                service = pattern.partition(":")[0]
                self._scope(self.scopes, service, references.filled(environment, pattern))
                # The few names of our own that begin otherwise; what is not here yet may be called like the stack.
                stack = names.stack(environment)
                ours = {name for of, name in own if of == kind} if kind in here else {stack}
                for name in sorted(name for name in ours if not name.startswith(f"{stack}-")):
                    self._scope(self.scopes, service, references.filled(environment, pattern, name))
            for pattern in known.looks:
                self._scope(self.looks, pattern.partition(":")[0], references.filled(environment, pattern))
            for beside in known.beside:
                for action in beside.actions:
                    self._action(action)
                    for pattern in beside.resources:
                        self._scope(self.scopes, action.partition(":")[0], references.filled(environment, pattern))
            for action in reference.needed(kind):
                self._action(action)

    def _scope(self, scopes: dict[str, dict[str, None]], service: str, arn: str) -> None:
        scopes.setdefault(service, {})[arn] = None

    def _action(self, action: str) -> None:
        self.actions.setdefault(action.partition(":")[0], {})[action] = None


def _statements(environment: Environment, types: Iterable[str], nested: Sequence[Layer]) -> Iterator[Statement]:
    """A statement a service for what takes a resource, and for what takes none one over all services."""
    services = _Services(environment, types, nested)
    without_resource = reference.permissions().without_resource
    for service, called in sorted(services.actions.items()):
        actions = [Action(*name.split(":")) for name in sorted(called) if name not in without_resource]
        if service == "iam" or not actions:
            continue
        scopes = [Sub(arn) for arn in services.scopes.get(service, ())]
        looks = [Sub(arn) for arn in services.looks.get(service, ())]
        if not scopes:
            raise WiringError(
                f"CloudFormation calls {service}:{actions[0].action} for {_callers(types, called)}, and the facts do not say on what: "
                f"add to the type in facts/ a Beside with ARNs of {service}, or its pattern to `unused` where no property here needs it."
            )
        if service == "kms":
            yield from _keys(environment, actions, scopes)
        elif looks:
            yield policies.allow(filter(_reads, actions), looks)
            yield policies.allow([action for action in actions if not _reads(action)], scopes)
        else:
            yield policies.allow(actions, scopes)
    yield policies.allow([Action(*name.split(":")) for name in sorted(without_resource)], ["*"])
    snapshot = environment.database.snapshot if environment.contract.database else None
    if snapshot:
        stack, instance = names.stack(environment), names.database_instance(environment)
        touched = (f"db:{instance}", f"snapshot:{snapshot}", f"pg:{stack}-*", f"subgrp:{stack}-*", "og:default*")
        yield policies.allow([awacs.rds.RestoreDBInstanceFromDBSnapshot], [policies.arn("rds", name) for name in touched])
        # The database that the new one replaces has the stack's own name, or that of another snapshot.
        yield policies.allow([awacs.rds.DeleteDBInstance], [policies.arn("rds", f"db:{name}") for name in (stack, f"{stack}-*")])
    # Packaged templates.
    yield policies.allow([awacs.s3.GetObject], [Sub("${Artifacts.Arn}/*")])


def _callers(types: Iterable[str], actions: Iterable[str]) -> str:
    return " and ".join(kind for kind in types if set(reference.needed(kind)) & set(actions))


def _roles(environment: Environment, types: Iterable[str]) -> Iterator[Statement]:
    """Roles of the environment alone, none without the boundary, handed to the services that the types hand them to."""
    roles = policies.arn("iam", f"role/{names.stack(environment)}-*", region=False)
    profiles = policies.arn("iam", f"instance-profile/{names.stack(environment)}-*", region=False)
    bounded = Condition(StringEquals("iam:PermissionsBoundary", policies.boundary(environment)))
    for kind, resource in (("AWS::IAM::Role", roles), ("AWS::IAM::InstanceProfile", profiles)):
        if kind in types:
            needed = reference.needed(kind)
            yield from (
                policies.allow([Action(*name.split(":")) for name in chosen], [resource], condition)
                for chosen, condition in (
                    ([name for name in needed if name in GIVES_PERMISSIONS], bounded),
                    ([name for name in needed if name not in GIVES_PERMISSIONS], None),
                )
                if chosen
            )
    handed = sorted({each.service for kind in types for each in facts.of(kind).roles})
    yield policies.allow([awacs.iam.PassRole], [roles], Condition(StringEquals("iam:PassedToService", handed)))
    linked = sorted({service for kind in types for service in facts.of(kind).linked_roles})
    # Services that make a role of their own in the account when they are used for the first time.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
    yield policies.allow(
        [awacs.iam.CreateServiceLinkedRole],
        [policies.arn("iam", "role/aws-service-role/*", region=False)],
        Condition(StringLike("iam:AWSServiceName", linked)),
    )


def _keys(environment: Environment, actions: Sequence[Action], scopes: Sequence[Sub]) -> Iterator[Statement]:
    """Keys have no names: the stack's tags say whose they are, on a new key only after minutes.

    What a creation and its rollback call takes a key without the tag too, but none with another environment's. Reading takes any key: AWS's
    own, for the database's secret, has no tags of ours. https://docs.aws.amazon.com/kms/latest/developerguide/abac.html
    """
    tag = "aws:ResourceTag/Environment"
    soon = {action.action for action in actions} & {"DisableKeyRotation", "EnableKeyRotation", "ScheduleKeyDeletion", "TagResource"}
    yield policies.allow(filter(_reads, actions), scopes)
    yield policies.allow(
        [action for action in actions if action.action in soon], scopes, Condition(StringEqualsIfExists(tag, environment.name))
    )
    rest = [action for action in actions if action.action not in soon and not _reads(action)]
    yield policies.allow(rest, scopes, Condition(StringEquals(tag, environment.name)))


def _reads(action: Action) -> bool:
    return str(action.action).startswith(("Describe", "Get", "List"))


def _portions(statements: list[Statement]) -> Iterator[list[Statement]]:
    portion: list[Statement] = []
    size = 0
    for statement in statements:
        characters = len(encode(statement))
        if portion and size + characters > POLICY_CHARACTERS:
            yield portion
            portion, size = [], 0
        portion.append(statement)
        size += characters
    yield portion
