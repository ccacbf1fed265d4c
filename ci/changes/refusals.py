"""What a deployment must not do unless somebody asked for it by name: lose data, or replace what cannot be replaced in passing."""

from collections.abc import Iterator
from typing import NamedTuple

from ci.changes.differ import Change
from ci.model import Deployment
from ci.model.arns import NAMES

KEEPS_DATA = "it keeps data"
IN_THE_WAY = "every request passes through it"
# Each type that is refused when it is removed, replaced, or may be; and why.
GUARDED = {
    "AWS::ApiGateway::VpcLink": IN_THE_WAY,
    "AWS::ApiGatewayV2::VpcLink": IN_THE_WAY,
    "AWS::Cognito::UserPool": KEEPS_DATA,
    "AWS::EC2::Subnet": "all that stands in it has to go first",
    "AWS::EC2::VPC": "all that stands in it has to go first",
    "AWS::ECR::Repository": KEEPS_DATA,
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
GOES = ("removed", "replaced", "may be replaced")
# These change in place only by their tags and policies.
HARMLESS = ("Tags", "DeletionPolicy", "UpdateReplacePolicy")


class Refusal(NamedTuple):
    """What is refused, and why, as the end of a sentence that begins with the resource."""

    label: str
    sentence: str


def refusals(found: list[Change], old: Deployment, new: Deployment, *, green_is_live: bool = False) -> list[Refusal]:
    """The changes that nobody should make by mistake, at most one for each resource."""
    by_label = {refusal.label: refusal for refusal in _refusals(found, old, new, green_is_live)}
    return list(by_label.values())


def _refusals(found: list[Change], old: Deployment, new: Deployment, green_is_live: bool) -> Iterator[Refusal]:
    guarded = GUARDED | (BLUE_GREEN if _moves_weights(old) or _moves_weights(new) else {})
    names = {resource.label: resource.get(NAMES.get(resource.type, "")) for resource in new}
    for change in found:
        reason = guarded.get(change.type, "")
        properties = {cause.property.split(".")[0] for cause in change.causes}
        if change.kind in GOES and reason:
            would = "" if change.kind == "may be replaced" else "would be "
            yield Refusal(change.label, f"{would}{change.kind}: {reason}")
        elif change.type in ("AWS::EC2::Subnet", RULE) and reason and properties - set(HARMLESS):
            yield Refusal(change.label, f"would change its {', '.join(sorted(properties))}: {reason}")
        elif change.type == "AWS::RDS::DBInstance" and "ManageMasterUserPassword" in properties:
            yield Refusal(change.label, "would lose the secret that keeps its password")
        elif change.kind == "replaced" and names[change.label] is not None and NAMES[change.type] not in properties:
            yield Refusal(change.label, "would be replaced, which CloudFormation cannot do while the new one has the old one's name")
        if "Type" in properties:
            yield Refusal(change.label, "would change its type, which CloudFormation refuses: give it another logical id")
    if green_is_live and not _moves_weights(new):
        for service in new.of("AWS::ECS::Service"):
            yield Refusal(service.label, "would leave its strategy while green is live: deploy once more, so that blue is")


def _moves_weights(deployment: Deployment) -> bool:
    """Whether ECS shifts traffic between two target groups here."""
    strategies = (service.get("DeploymentConfiguration", "Strategy") for service in deployment.of("AWS::ECS::Service"))
    return any(strategy not in (None, "ROLLING") for strategy in strategies)
