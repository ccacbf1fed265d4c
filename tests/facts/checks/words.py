"""What the schemas' words and formats, botocore's, and cfn-lint's lists say must be among the facts."""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from botocore.session import get_session
from cfnlint.helpers import valid_snapshot_types

from ci.references import registered
from facts.kinds import Facts

# Stateful by cfn-lint, but nothing is lost: a key and a stack are guarded, and logs are kept as long as they are told.
NOT_DATA = {"AWS::CloudFormation::Stack", "AWS::KMS::Key", "AWS::Logs::LogGroup"}
# Properties that hand a role to a service, and that no layer uses.
UNUSED_SWITCHES = re.compile(r" VolumeConfigurations\.|Logs::LogGroup DeletionProtection")
UNUSED_ROLES = re.compile(
    r"^Role$|IamRole|MetadataConfiguration|AssociatedRoles|AnalyticsConfiguration|LoggingConfig|SubscriptionRoleArn|\w+LoggingConfig|DeliverCrossAccountRole|DeliveryStatus|PeerRole"
)


@cache
def _words(kind: str) -> dict[str, dict[str, Any]]:
    """Every property of a type, at any depth, by its path."""
    root, found = registered(kind), dict[str, dict[str, Any]]()

    def walk(here: Any, path: str, seen: tuple[str, ...]) -> None:
        if not isinstance(here, dict):
            return
        name = here.get("$ref", "").rpartition("/")[2]
        if name and name not in seen:
            walk(root["definitions"].get(name), path, (*seen, name))
        if path:
            found[path] = {**here, **found.get(path, {})}
        walk(here.get("items"), path, seen)
        for choice in ("anyOf", "oneOf", "allOf"):
            for inner in here.get(choice, []):
                walk(inner, path, seen)
        for key, inner in here.get("properties", {}).items():
            walk(inner, f"{path}.{key}" if path else key, seen)

    walk({"properties": root.get("properties", {})}, "", ())
    return found


def members(known: Facts) -> Iterator[str]:
    """Properties by which a resource gets an address in the network, or takes connections there."""
    groups = [
        path
        for path, each in _words(known.type).items()
        if each.get("format") == "AWS::EC2::SecurityGroup.Ids" or re.fullmatch(r"VPCSecurityGroups|SecurityGroupIds", path)
    ]
    if groups and not known.opens and (known.member is None or known.member.groups not in groups):
        yield f"member: the groups are in one of {groups}"
    if known.member and known.member.when is None and known.type == "AWS::EC2::VPCEndpoint":
        yield "member: gateway endpoints have no address"
    for path in ("Port", "Endpoint.Port"):
        if path in _words(known.type) and not any(
            answers.port == path or answers.default_port or isinstance(answers.port, int) for answers in known.answers
        ):
            yield f"answers: {path} is its port"


def roles(known: Facts) -> Iterator[str]:
    """Properties that hand over a role."""
    said = {each.path for each in known.roles} | {"Arn"}
    for path, each in _words(known.type).items():
        hands = each.get("format") == "AWS::IAM::Role.Arn" or re.search(r"(Role(Arn|ARN)?|Credentials|PermissionArn)$", path)
        if hands and each.get("type") == "string" and not known.opens and path not in said and not UNUSED_ROLES.search(path):
            yield f"roles: {path} hands over a role"


def switches(known: Facts) -> Iterator[str]:
    """Properties that encrypt, protect or open, by their names."""
    at_rest, private = ({on.path for on in of} for of in (known.at_rest, known.private))
    tls = {on.path for answers in known.answers for on in answers.tls}
    protection = {known.protection.path} if known.protection else set()
    asked = (
        (r"(Storage)?Encrypted|AtRestEncryptionEnabled", at_rest),
        (r"TransitEncryptionEnabled", tls),
        (r"DeletionProtection(Enabled)?", protection),
        (r".*Publicly.*|MapPublicIp.*|AssignIpv6.*|PublicAccessBlockConfiguration\..*", private),
    )
    for path, each in _words(known.type).items():
        for pattern, where in asked if each.get("type") == "boolean" and not UNUSED_SWITCHES.search(f"{known.type} {path}") else ():
            if (re.fullmatch(pattern, path) or re.fullmatch(pattern, path.rpartition(".")[2])) and path not in where:
                yield f"{path} is not asked for"
    for path in ("Scheme", "NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp"):
        if path in _words(known.type) and path not in private and known.member:
            yield f"private: {path} is not asked for"


def policies(known: Facts) -> Iterator[str]:
    """Properties that are policies."""
    for path in registered(known.type).get("properties", {}):
        if re.fullmatch(r"\w*PolicyDocument|KeyPolicy|RepositoryPolicyText", path) and path not in known.policies:
            yield f"policies: {path} is a policy"


def attributes(known: Facts) -> Iterator[str]:
    """What botocore says of a load balancer's attributes."""
    if known.type != "AWS::ElasticLoadBalancingV2::LoadBalancer":
        return
    shape = get_session().get_service_model("elbv2").shape_for("LoadBalancerAttribute")
    words = re.sub(r"</?code>", "", shape.members["Key"].documentation)
    prefix = "LoadBalancerAttributes."
    conditions = [on for on in (*known.private, known.protection) if on and on.path.startswith(prefix)]
    for path in (*(on.path for on in conditions), *(delivery.path for delivery in known.deliveries)):
        if not re.search(rf"\b{re.escape(path.removeprefix(prefix))} -", words):
            yield f"{path} is no attribute that botocore knows"
    if known.protection is None and "deletion_protection.enabled" in words:
        yield "protection: botocore knows deletion_protection.enabled"
    for on in conditions:
        said = re.search(rf"\b{re.escape(on.path.removeprefix(prefix))} -[^<]*The default is (\w+)", words)
        if said and (str(on.default).lower() != said[1] or on.values != (True,)):
            yield f"{on.path} is {said[1]} by default"


def data(known: Facts) -> Iterator[str]:
    stateful = json.loads(files("cfnlint.data.AdditionalSpecs").joinpath("StatefulResources.json").read_text(encoding="utf-8"))
    if known.type in stateful["ResourceTypes"] and known.type not in NOT_DATA and known.data is None:
        yield "data: cfn-lint calls it stateful"
    if known.data:
        if ("Snapshot" in known.data.policies) != (known.type in valid_snapshot_types):
            yield "data: CloudFormation takes snapshots of other types"
        if not known.data.policies or set(known.data.policies) - {"Retain", "RetainExceptOnCreate", "Snapshot"}:
            yield f"data: {known.data.policies} are not policies that keep it"


def opens(known: Facts) -> Iterator[str]:
    opens = re.search(r"Gateway$|GatewayAttachment$|Gateway\w*Attachment$|Peering|::EIP$|ClientVpn", known.type) is not None
    if known.type.startswith("AWS::EC2::") and opens != bool(known.opens):
        yield "opens: its name says the opposite"
