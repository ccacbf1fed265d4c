"""What a deployment must not do unless somebody asked for it by name: lose data, or replace what cannot be replaced in passing."""

from collections.abc import Iterator
from typing import NamedTuple

import facts
from ci.changes.differ import Cause, Change
from ci.model import Deployment, Resource

KEEPS_DATA = "it keeps data"
KNOWN_ADDRESS = "its callers know its address"
IN_THE_WAY = "every request passes through it"
STOPS = "all running tasks stop with it"
# Each type that is refused when it is removed, replaced, or may be; and why.
GUARDED = {
    "AWS::ApiGateway::DomainName": KNOWN_ADDRESS,
    "AWS::ApiGateway::RestApi": KNOWN_ADDRESS,
    "AWS::ApiGateway::VpcLink": IN_THE_WAY,
    "AWS::ApiGatewayV2::VpcLink": IN_THE_WAY,
    "AWS::Cognito::UserPool": KEEPS_DATA,
    "AWS::EC2::Subnet": "all that stands in it has to go first",
    "AWS::EC2::VPC": "all that stands in it has to go first",
    "AWS::ECR::Repository": KEEPS_DATA,
    "AWS::ECS::Cluster": STOPS,
    "AWS::ECS::Service": STOPS,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": IN_THE_WAY,
    "AWS::KMS::Key": "nothing that it encrypted can be read without it",
    "AWS::RDS::DBInstance": KEEPS_DATA,
    "AWS::S3::Bucket": KEEPS_DATA,
    "AWS::SecretsManager::Secret": KEEPS_DATA,
}
# ECS moves the weights of the rule from one target group to the other: which one is live, no template says.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-implementation.html
RULE, GROUP = "AWS::ElasticLoadBalancingV2::ListenerRule", "AWS::ElasticLoadBalancingV2::TargetGroup"
BLUE_GREEN = {
    RULE: "ECS moves its weights, and an update would set them back, perhaps to a target group without tasks",
    GROUP: "it may have the live tasks, or the NLB's way to them",
}
# What can be there once: CloudFormation makes the new one before it deletes the old one, and AWS refuses the second.
# Beside these whatever has a name of its own (facts/), but for those types of which several may be called alike.
ONCE: dict[str, tuple[str, ...]] = {
    "AWS::ApiGateway::ApiKey": (),
    "AWS::ApiGateway::GatewayResponse": ("RestApiId", "ResponseType"),
    "AWS::ApiGateway::Method": ("RestApiId", "ResourceId", "HttpMethod"),
    "AWS::ApiGateway::Resource": ("RestApiId", "ParentId", "PathPart"),
    "AWS::ApiGateway::Stage": ("RestApiId", "StageName"),
    "AWS::Cognito::UserPool": (),
    "AWS::Cognito::UserPoolClient": (),
    "AWS::Cognito::UserPoolResourceServer": ("UserPoolId", "Identifier"),
    "AWS::EC2::Subnet": ("VpcId", "CidrBlock"),
    "AWS::EC2::VPCEndpoint": ("VpcId", "ServiceName"),
    "AWS::ECS::TaskDefinition": (),
    "AWS::ElasticLoadBalancingV2::Listener": ("LoadBalancerArn", "Port"),
    "AWS::ElasticLoadBalancingV2::ListenerRule": ("ListenerArn", "Priority"),
    "AWS::WAFv2::WebACLAssociation": ("ResourceArn",),
}
# What AWS does not change once the resource is there, though the schemas do not say so.
# https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-updating.html
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html
FIXED = {
    "AWS::Cognito::UserPool": ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration"),
    "AWS::RDS::DBInstance": ("EngineLifecycleSupport",),
}
KEEPING = ("Retain", "RetainExceptOnCreate", "Snapshot")
GOES = ("removed", "replaced", "may be replaced")
# These change in place only by their tags and policies.
HARMLESS = ("Tags", "DeletionPolicy", "UpdateReplacePolicy")


class Refusal(NamedTuple):
    """What is refused, and why, as the end of a sentence that begins with the resource; `final` is what AWS refuses, whoever allows it."""

    label: str
    sentence: str
    final: bool = False


def refusals(found: list[Change], old: Deployment, new: Deployment, *, green_is_live: bool = False) -> list[Refusal]:
    """The changes that nobody should make by mistake, at most one for each resource."""
    # The last is the gravest.
    judged = [*_twice(found, old, new), *_lost(found, new), *_guarded(found, old, new), *_impossible(found, new)]
    if green_is_live and not _moves_weights(new):
        for service in new.of("AWS::ECS::Service"):
            judged.append(Refusal(service.label, "would leave its strategy while green is live: deploy once more, so that blue is"))
    return list({refusal.label: refusal for refusal in judged}.values())


def _lost(found: list[Change], new: Deployment) -> Iterator[Refusal]:
    """What a change in place loses."""
    resources = {resource.label: resource for resource in new}
    for change in found:
        causes = {cause.property: cause for cause in change.causes}
        if change.type == "AWS::ApiGateway::RestApi" and _is_true(causes.get("DisableExecuteApiEndpoint")):
            yield Refusal(change.label, f"would lose its address at execute-api: {KNOWN_ADDRESS}")
        if change.type != "AWS::RDS::DBInstance" or change.kind in GOES:
            continue
        if _less(causes.get("BackupRetentionPeriod")):
            yield Refusal(change.label, f"would lose the automatic backups older than {causes['BackupRetentionPeriod'].after} days")
        instance = resources[change.label]
        kept = str(instance.get("DeletionProtection")).lower() == "true" or instance.raw.get("DeletionPolicy", "Snapshot") in KEEPING
        if not kept and causes.keys() & {"DeletionProtection", "DeletionPolicy"}:
            yield Refusal(change.label, "could be deleted without a snapshot: neither protection nor policy would be left")
        if "ManageMasterUserPassword" in causes:
            yield Refusal(change.label, "would lose the secret that keeps its password")


def _guarded(found: list[Change], old: Deployment, new: Deployment) -> Iterator[Refusal]:
    guarded = GUARDED | (BLUE_GREEN if _moves_weights(old) or _moves_weights(new) else {})
    for change in found:
        reason = guarded.get(change.type, "")
        properties = _properties(change)
        if change.kind in GOES and reason:
            would = "" if change.kind == "may be replaced" else "would be "
            yield Refusal(change.label, f"{would}{change.kind}: {reason}")
        elif change.type in ("AWS::EC2::Subnet", RULE) and reason and properties - set(HARMLESS):
            yield Refusal(change.label, f"would change its {', '.join(sorted(properties))}: {reason}")


def _impossible(found: list[Change], new: Deployment) -> Iterator[Refusal]:
    """What AWS refuses by itself, perhaps after a part of the deployment."""
    named = {resource.label: _name(resource.type) for resource in new if resource.get(_name(resource.type)) is not None}
    for change in found:
        properties = _properties(change)
        for name in FIXED.get(change.type, ()):
            if name in properties and change.kind != "replaced":
                yield Refusal(change.label, f"would change its {name}, which AWS refuses once it exists", final=True)
        if change.type == "AWS::RDS::DBInstance" and any(cause.property == "AllocatedStorage" and _less(cause) for cause in change.causes):
            yield Refusal(change.label, "would lose storage, which RDS cannot do: it only grows", final=True)
        if change.kind == "replaced" and change.label in named and named[change.label] not in properties:
            reason = f"{GUARDED[change.type]}, and " if change.type in GUARDED else ""
            sentence = f"would be replaced: {reason}CloudFormation cannot do it while the new one has the old one's name"
            yield Refusal(change.label, sentence, final=True)
        if "Type" in properties:
            yield Refusal(change.label, "would change its type, which CloudFormation refuses: give it another logical id", final=True)


def _properties(change: Change) -> set[str]:
    return {cause.property.split(".")[0] for cause in change.causes}


def _is_true(cause: Cause | None) -> bool:
    return cause is not None and str(cause.after).lower() == "true"


def _less(cause: Cause | None) -> bool:
    """Whether a number gets smaller."""
    return cause is not None and f"{cause.before}{cause.after}".isdigit() and int(cause.after) < int(cause.before)


def _twice(found: list[Change], old: Deployment, new: Deployment) -> Iterator[Refusal]:
    """What would be made under another logical id while the one that it takes the place of still stands."""
    before, after = ({resource.label: resource for resource in side} for side in (old, new))
    removed = [before[change.label] for change in found if change.kind == "removed"]
    standing = {identity: resource.label for resource in removed if (identity := _once(resource))}
    for change in found:
        if change.kind == "added" and (other := standing.get(_once(after[change.label]))):
            where = "in its old stack" if other == change.label else f"as {other}"
            yield Refusal(change.label, f"would be made while it still stands {where}, which AWS refuses: remove that one first")


def _once(resource: Resource) -> tuple[str, ...]:
    """What no other resource of its type can have as well; empty where there is nothing of the kind."""
    names = ONCE.get(resource.type, (_name(resource.type),))
    values = [resource.get(name) for name in names]
    return (resource.type, *map(str, values)) if values and None not in values else ()


def _name(kind: str) -> str:
    """The property that names resources of a type."""
    try:
        known = facts.of(kind).name
    except facts.UnknownTypeError:
        return ""
    return known.property if known else ""


def _moves_weights(deployment: Deployment) -> bool:
    """Whether ECS shifts traffic between two target groups here."""
    strategies = (service.get("DeploymentConfiguration", "Strategy") for service in deployment.of("AWS::ECS::Service"))
    return any(strategy not in (None, "ROLLING") for strategy in strategies)
