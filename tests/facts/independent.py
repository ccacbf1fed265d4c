"""What is said of a fact by what did not come from the same hand: AWS's schemas, botocore, the service authorization reference, its pages.

Each check yields what contradicts the facts of a type. `tests/facts/recorded/` has words of AWS's pages, with the page of each.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from botocore.session import get_session
from cfnlint.helpers import valid_snapshot_types

import facts
from ci.generators.references import _arn, _reference, _registered, _resources, schema
from facts.kinds import Facts, Is

RECORDED = Path(__file__).parent / "recorded"
# A mapping without a path of its own is the only one of its domain; an association has one web ACL at a time.
NOT_ONCE = {"AWS::ApiGateway::BasePathMapping"}
# Types that cfn-lint calls stateful, of which nothing is lost: a key and its policy are guarded, and logs are kept as long as they are told.
NOT_DATA = {"AWS::CloudFormation::Stack", "AWS::KMS::Key", "AWS::Logs::LogGroup"}
# Properties that hand a role to a service, and that no layer uses.
UNUSED_ROLES = re.compile(
    r"^Role$|IamRole|MetadataConfiguration|AssociatedRoles|AnalyticsConfiguration|LoggingConfig|SubscriptionRoleArn|\w+LoggingConfig|DeliverCrossAccountRole|DeliveryStatus|PeerRole"
)
# Handlers that ask for a service-linked role for features that no layer uses, or for a service whose first use they are not.
UNUSED_LINKS = {
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::Chatbot::SlackChannelConfiguration",
    "AWS::Cognito::UserPool",
    "AWS::Cognito::UserPoolClient",
    "AWS::EC2::FlowLog",
}
# Ref is a name though the identifier is an ARN.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html#aws-resource-events-rule-return-values
REF_IS_NAME = {"AWS::Events::Rule"}
# What RDS itself says of an instance, where CloudFormation's page says otherwise or nothing.
OF_RDS = {"CACertificateIdentifier", "Parameters", "Port"}
BOTOCORE = {
    "AWS::CloudWatch::Alarm": ("cloudwatch", "PutMetricAlarm", "AlarmName"),
    "AWS::CloudWatch::Dashboard": ("cloudwatch", "PutDashboard", "DashboardName"),
    "AWS::Cognito::UserPoolDomain": ("cognito-idp", "CreateUserPoolDomain", "Domain"),
    "AWS::EC2::SecurityGroup": ("ec2", "CreateSecurityGroup", "GroupName"),
    "AWS::ECS::Cluster": ("ecs", "CreateCluster", "clusterName"),
    "AWS::ECS::Service": ("ecs", "CreateService", "serviceName"),
    "AWS::ECS::TaskDefinition": ("ecs", "RegisterTaskDefinition", "family"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("elbv2", "CreateLoadBalancer", "Name"),
    "AWS::ElasticLoadBalancingV2::TargetGroup": ("elbv2", "CreateTargetGroup", "Name"),
    "AWS::IAM::ManagedPolicy": ("iam", "CreatePolicy", "PolicyName"),
    "AWS::RDS::DBInstance": ("rds", "CreateDBInstance", "DBInstanceIdentifier"),
    "AWS::RDS::DBParameterGroup": ("rds", "CreateDBParameterGroup", "DBParameterGroupName"),
    "AWS::RDS::DBSubnetGroup": ("rds", "CreateDBSubnetGroup", "DBSubnetGroupName"),
}


def problems(known: Facts) -> Iterator[str]:
    """Everything that contradicts the facts of a type."""
    for check in CHECKS:
        yield from check(known)


@cache
def recorded(name: str) -> dict[str, Any]:
    """Words of AWS's pages."""
    found: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
    return found


def _page(known: Facts) -> Iterator[str]:
    service, kind = known.type.lower().split("::")[1:]
    page = f"https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-{service}-{kind}.html"
    if known.source != page:
        yield f"source: the page of the type is {page}"
    if not _registered(known.type):
        yield "type: the registry has no such type"


# Paths.


@cache
def node(kind: str, path: str) -> Any:
    """The registry's schema of what is at a path; None where there is nothing, True where any key can be."""
    root = _registered(kind)
    return _below(root, root, path) if path else None


def _below(root: dict[str, Any], here: Any, path: str) -> Any:
    if not isinstance(here, dict):
        return None
    if (name := here.get("$ref", "").rpartition("/")[2]) and (found := _below(root, root["definitions"].get(name), path)) is not None:
        return found
    for choice in ("anyOf", "oneOf", "allOf"):
        for inner in here.get(choice, []):
            if (found := _below(root, inner, path)) is not None:
                return found
    if not path:
        return here if "$ref" not in here else None
    if "items" in here:
        return _below(root, here["items"], path)
    properties = here.get("properties", {})
    if not properties:
        return True if _free(here) else None
    if {"Key", "Value"} <= properties.keys() == {"Key", "Value"}:
        return True
    step, _, rest = path.partition(".")
    return _below(root, properties.get(step), rest)


def _free(here: dict[str, Any]) -> bool:
    kinds = here.get("type", [])
    return "object" in ([kinds] if isinstance(kinds, str) else kinds) or "patternProperties" in here


def _conditions(known: Facts) -> Iterator[tuple[str, Is]]:
    if known.member and known.member.when:
        yield "member.when", known.member.when
    for answers in known.answers:
        yield from (("answers.tls", each) for each in answers.tls)
    for name in ("at_rest", "private"):
        yield from ((name, each) for each in getattr(known, name))
    if known.data:
        yield from (("data.backups", each) for each in known.data.backups)
    if known.protection:
        yield "protection", known.protection


def _paths(known: Facts) -> Iterator[tuple[str, str]]:
    """Every path in the facts, but for those of conditions."""
    if known.name:
        yield "name", known.name.property
    if member := known.member:
        yield "member.groups", member.groups
        if member.subnets_through:
            yield "member.subnets_through", member.subnets_through
        else:
            yield "member.subnets", member.subnets
    for answers in known.answers:
        yield from ((f"answers.{name}", path) for name in ("port", "through") if isinstance(path := getattr(answers, name), str))
    for name in ("once", "fixed", "in_place", "policies"):
        yield from ((name, path) for path in getattr(known, name))
    yield from (("interrupts", each.property) for each in known.interrupts)
    yield from (("roles", each.path) for each in known.roles)
    yield from (("deliveries", each.path) for each in known.deliveries)
    yield from (("after", each.joined[0]) for each in known.after if each.joined)
    yield from (("refers", path) for path in known.refers)
    if known.protects:
        yield "protects", known.protects
    for pattern in (*known.arns, *known.acts_on, *known.log_groups):
        yield from (("arns", name) for name in re.findall(r"\{([A-Z]\w*)\}", pattern))
        yield from (
            ("arns", f"{{{name}}}, which is not a place")
            for name in re.findall(r"\{([^A-Z}][^}]*)\}", pattern)
            if name not in ("region", "account", "name", "stack")
        )
    for metrics in known.metrics:
        yield from (("metrics", attribute[1:]) for attribute in metrics.dimensions.values() if attribute.startswith("."))


def _paths_exist(known: Facts) -> Iterator[str]:
    for field, path in _paths(known):
        if node(known.type, path) is None:
            yield f"{field}: {known.type} has no property {path}"
    if known.member and known.member.subnets_through:
        through = known.refers.get(known.member.subnets_through)
        if through is None or node(through[0], known.member.subnets) is None:
            yield f"member: {known.member.subnets_through} refers to nothing with {known.member.subnets}"
    for after in known.after:
        if not _registered(after.type) or (after.joined and node(after.type, after.joined[1]) is None):
            yield f"after: {after.type} has no property {after.joined}"


def _conditions_hold(known: Facts) -> Iterator[str]:
    for field, each in _conditions(known):
        kind = known.type
        if each.through:
            target = known.refers.get(each.through)
            if target is None:
                yield f"{field}: {each.through} refers to nothing"
                continue
            kind = target[0]
        found = node(kind, each.path)
        if found is None:
            yield f"{field}: {kind} has no property {each.path}"
        elif isinstance(found, dict):
            yield from _values_fit(field, each, found)
        elif parameter := recorded("parameters").get(each.path.removeprefix("Parameters.")):
            if each.values != (each.default,) or each.default != parameter["default"]:
                yield f"{field}: {each.path} is {parameter['default']} where it is not given"
        elif each.path.startswith("Parameters."):
            yield f"{field}: {each.path} is on none of AWS's pages that were recorded"


def _values_fit(field: str, each: Is, found: dict[str, Any]) -> Iterator[str]:
    possible = found.get("enum")
    kinds = found.get("type")
    given = [value for value in (*each.values, each.default) if value is not None]
    if possible and any(value not in possible for value in given):
        yield f"{field}: {each.path} takes {possible}, not {given}"
    if possible and each.pattern and not any(re.fullmatch(each.pattern, str(value)) for value in possible):
        yield f"{field}: none of {possible} is like {each.pattern}"
    if kinds == "boolean" and any(not isinstance(value, bool) for value in given):
        yield f"{field}: {each.path} is a boolean, not {given}"
    if (kinds == "boolean" or possible) and not each.values and not each.pattern:
        yield f"{field}: {each.path} is given by AWS, whatever the value"
    if kinds == "boolean" and each.default is not _default(str(found.get("description"))):
        yield f"{field}: {each.path} is {_default(str(found.get('description')))} where it is not given"
    if "default" in found and found["default"] != each.default:
        yield f"{field}: AWS takes {found['default']} where {each.path} is not given"
    if kinds == "boolean" and each.values and each.values[0] is not _good(each.path):
        yield f"{field}: {each.path} should be {_good(each.path)}"


def _default(words: str) -> bool:
    """What the schema's words say that a switch is where it is not given: off, unless they say otherwise."""
    return re.search(r"enabled by default|[Dd]efault\w*[^.]{0,30}`*true", words) is not None


def _good(path: str) -> bool:
    """The value of a switch that protects, by AWS's word for it."""
    return re.search(r"Public(ly)?(Ip|Accessible)|AssignIpv6|AssociatePublic", path.rpartition(".")[2]) is None


# What the schemas' words and formats say must be among the facts.


@cache
def _words(kind: str) -> dict[str, dict[str, Any]]:
    """Every property of a type, at any depth, by its path."""
    root, found = _registered(kind), dict[str, dict[str, Any]]()

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


def _complete(known: Facts) -> Iterator[str]:
    groups = [
        path
        for path, each in _words(known.type).items()
        if each.get("format") == "AWS::EC2::SecurityGroup.Ids" or re.fullmatch(r"VPCSecurityGroups|SecurityGroupIds", path)
    ]
    if groups and not known.opens and (known.member is None or known.member.groups not in groups):
        yield f"member: the groups are in one of {groups}"
    if known.member and known.member.when is None and known.type == "AWS::EC2::VPCEndpoint":
        yield "member: gateway endpoints have no address"
    roles = {each.path for each in known.roles}
    for path, each in _words(known.type).items():
        last = path.rpartition(".")[2]
        hands = each.get("format") == "AWS::IAM::Role.Arn" or re.search(r"(Role(Arn|ARN)?|Credentials|PermissionArn)$", last)
        if hands and each.get("type") == "string" and not known.opens and path not in roles | {"Arn"} and not UNUSED_ROLES.search(path):
            yield f"roles: {path} hands over a role"
        if each.get("type") != "boolean":
            continue
        if (
            re.fullmatch(r"(Storage)?Encrypted|AtRestEncryptionEnabled", last)
            and not path.startswith("VolumeConfigurations.")
            and path not in {on.path for on in known.at_rest}
        ):
            yield f"at_rest: {path} switches encryption on"
        if re.fullmatch(r"TransitEncryptionEnabled", last) and path not in {on.path for answers in known.answers for on in answers.tls}:
            yield f"answers: {path} switches TLS on"
        if (
            re.fullmatch(r"DeletionProtection(Enabled)?", last)
            and known.type not in NOT_DATA
            and (known.protection is None or known.protection.path != path)
        ):
            yield f"protection: {path} is not asked for"
        if re.search(r"Publicly|MapPublicIp|AssignIpv6|PublicAccessBlockConfiguration\.", path) and path not in {
            on.path for on in known.private
        }:
            yield f"private: {path} is not asked for"
    for path in ("Port", "Endpoint.Port"):
        if path in _words(known.type) and not any(answers.port == path or answers.default_port for answers in known.answers):
            yield f"answers: {path} is its port"
    if known.type == "AWS::ElasticLoadBalancingV2::LoadBalancer":
        yield from _attributes(known)
    for path in ("Scheme", "NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp"):
        if path in _words(known.type) and path not in {on.path for on in known.private} and known.member:
            yield f"private: {path} is not asked for"
    for path in _registered(known.type).get("properties", {}):
        if re.fullmatch(r"\w*PolicyDocument|KeyPolicy|RepositoryPolicyText", path) and path not in known.policies:
            yield f"policies: {path} is a policy"


def _attributes(known: Facts) -> Iterator[str]:
    """What botocore says of a load balancer's attributes."""
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


def _data(known: Facts) -> Iterator[str]:
    stateful = json.loads(files("cfnlint.data.AdditionalSpecs").joinpath("StatefulResources.json").read_text(encoding="utf-8"))
    if known.type in stateful["ResourceTypes"] and known.type not in NOT_DATA and known.data is None:
        yield "data: cfn-lint calls it stateful"
    if known.data:
        if ("Snapshot" in known.data.policies) != (known.type in valid_snapshot_types):
            yield "data: CloudFormation takes snapshots of other types"
        if not known.data.policies or set(known.data.policies) - {"Retain", "RetainExceptOnCreate", "Snapshot"}:
            yield f"data: {known.data.policies} are not policies that keep it"
    if known.type == "AWS::KMS::Key" and not known.guarded:
        yield "guarded: cfn-lint calls it stateful"


def _identity(known: Facts) -> Iterator[str]:
    found = schema(known.type)
    identifier, read_only = found["identifier"], found["read_only"]
    arn = len(identifier) == 1 and identifier[0] in read_only and re.search(r"(Arn|^StackId)$", identifier[0]) is not None
    if known.type == "AWS::ECS::Service":
        arn = "ServiceArn" in identifier
    if known.arns and known.ref_is_arn != (arn and known.type not in REF_IS_NAME):
        yield f"ref_is_arn: the identifier is {identifier}"
    if len(identifier) == 1 and identifier[0] not in read_only and identifier[0] not in known.once:
        if (
            known.name is None
            and identifier[0] not in ("Name", "Bucket", "ResourceArn")
            and "Name" in identifier[0]
            and known.type.count("Api") == 0
        ):
            yield f"name: {identifier[0]} names it"
        if known.name and known.name.property != identifier[0]:
            yield f"name: {identifier[0]} identifies it"
    if known.name and found["longest"].get(known.name.property) and known.name.longest:
        if known.name.longest > found["longest"][known.name.property]:
            yield f"name: it has at most {found['longest'][known.name.property]} characters"
    if known.type in BOTOCORE and (known.name is None or known.name.longest is None):
        yield "name: botocore knows a limit of it"
    if known.name and known.name.longest and known.type in BOTOCORE and known.name.longest not in _numbers(*BOTOCORE[known.type]):
        yield f"name: botocore knows no limit of {known.name.longest} characters"
    writable = [path for path in identifier if path not in read_only]
    if len(writable) == len(identifier) > 1 and known.once and not set(known.once) <= set(identifier):
        yield f"once: {identifier} identify it"
    if len(writable) == len(identifier) > 1 and not (known.once or known.name) and known.type not in NOT_ONCE:
        yield f"once: {identifier} identify it"
    if any(path in found["create_only"] for path in (*known.in_place, *known.fixed)):
        yield "in_place, fixed: the schema says that a change replaces it"
    if set(known.in_place) - set(found["maybe_create_only"]) and known.type.startswith("AWS::RDS"):
        yield "in_place: the schema does not leave it open"
    attributes = {*read_only, "Ref", *(path for path in _registered(known.type).get("properties", {}))}
    for metrics in known.metrics:
        yield from (
            f"metrics: it has no attribute {each}"
            for each in metrics.dimensions.values()
            if not each.startswith(".") and each not in attributes
        )
    yield from (f"attribute_arns: it has no attribute {each}" for each in known.attribute_arns if each not in read_only)


@cache
def _numbers(service: str, operation: str, member: str) -> set[int]:
    shape = get_session().get_service_model(service).operation_model(operation).input_shape.members[member]
    return {int(number) for number in re.findall(r"\d+", f"{shape.documentation} {shape.metadata.get('max', '')}")}


def _ports(known: Facts) -> Iterator[str]:
    for answers in known.answers:
        if known.type == "AWS::RDS::DBInstance":
            words = get_session().get_service_model("rds").operation_model("CreateDBInstance").input_shape.members["Port"].documentation
            if re.search(rf"PostgreSQL - <code>{answers.default_port}<", words) is None:
                yield "answers: botocore knows another port of PostgreSQL"
        elif isinstance(answers.port, int) and answers.port != 443:
            yield "answers: HTTPS has the port 443"


def _update(known: Facts) -> Iterator[str]:
    documented = recorded("interruptions").get(known.type, [])
    for each in known.interrupts:
        if each.property not in {*documented, *OF_RDS}:
            yield f"interrupts: AWS's page says no such thing of {each.property}"
    # What may replace the resource is no interruption alone.
    expected = set(documented) - set(schema(known.type)["maybe_create_only"])
    if missing := expected - {each.property for each in known.interrupts}:
        yield f"interrupts: AWS's page says it of {sorted(missing)} too"


# The service authorization reference.


def _fits(pattern: str, formats: list[str]) -> bool:
    """Whether a pattern of ours names resources of one of these formats."""
    plain = re.sub(r"\{(?!region|account)\w+\}", "x", pattern)
    # AWS's own resources, such as public parameters, have no account.
    either = (plain, plain.replace("*", "x"), plain.replace("::", ":{account}:", 1))
    return any(fnmatchcase(each, form) or fnmatchcase(form, plain) for form in formats for each in either)


@cache
def _formats(action: str) -> list[str]:
    service, _, _ = action.partition(":")
    known = _reference()[service]["Resources"]
    return [_arn(form) for resource in _resources(action) for form in known.get(resource.lower(), {"ARNFormats": []})["ARNFormats"]]


@cache
def _all_formats(service: str) -> list[str]:
    return [
        _arn(form) for resource in _reference().get(service, {"Resources": {}})["Resources"].values() for form in resource["ARNFormats"]
    ]


def _authorized(known: Facts) -> Iterator[str]:
    own = (*known.arns, *known.acts_on)
    for pattern in (*own, *known.attribute_arns.values()):
        if not _fits(pattern, _all_formats(pattern.partition(":")[0])):
            yield f"arns: {pattern} is no ARN of the service authorization reference"
    for pattern in known.looks:
        if not _fits(pattern, [*_all_formats(pattern.partition(":")[0]), "rds:{region}:{account}:x"]):
            yield f"looks: {pattern} is no ARN of the service authorization reference"
    for role in known.roles:
        if role.source and role.source.partition(":")[0] not in _reference():
            yield f"roles: {role.source} is of no service"
    for beside in known.beside:
        for action in beside.actions:
            service, _, name = action.partition(":")
            if name.lower() not in _reference().get(service, {"Actions": {}})["Actions"]:
                yield f"beside: there is no action {action}"
                continue
            for pattern in beside.resources:
                # Of a service's resource that another service's action takes, such as a stage for a web ACL, the reference has the format there.
                if not _fits(pattern, [*_formats(action), *_all_formats(pattern.partition(":")[0])]):
                    yield f"beside: {action} takes no {pattern}"
    if known.opens:
        return
    handlers = {
        action for name, each in _registered(known.type).get("handlers", {}).items() if name != "list" for action in each["permissions"]
    }
    for pattern in known.unused:
        if not any(fnmatchcase(action, pattern) for action in handlers):
            yield f"unused: no handler calls {pattern}"
    called = {action for action in handlers if not any(fnmatchcase(action, pattern) for pattern in known.unused)}
    services = {pattern.partition(":")[0] for pattern in own} | {
        pattern.partition(":")[0] for beside in known.beside for pattern in beside.resources
    }
    prefix = Counter(action.partition(":")[0] for action in sorted(called)).most_common(1)[0][0] if called else ""
    for action in sorted(called):
        service, _, name = action.partition(":")
        if action in ("iam:PassRole", "iam:CreateServiceLinkedRole") or (service == "iam" and not known.type.startswith("AWS::IAM::")):
            continue
        if name.lower() not in _reference().get(service, {"Actions": {}})["Actions"] or not _formats(action):
            continue
        if service not in services | {prefix}:
            yield f"beside: {action} is called, and nothing says on what"
        elif service == prefix:
            # What it is made in, such as a listener's load balancer.
            around = (pattern for kind, _ in known.refers.values() for pattern in _known_arns(kind))
            named = [*own, *(pattern for beside in known.beside for pattern in beside.resources), *known.looks, *around]
            if not any(_fits(pattern, _formats(action)) for pattern in named):
                yield f"arns: {action} is called on {_formats(action)}"


def _known_arns(kind: str) -> tuple[str, ...]:
    try:
        return facts.of(kind).arns
    except facts.UnknownTypeError:
        return ()


def _principals(known: Facts) -> Iterator[str]:
    named = [*known.linked_roles, *(role.service for role in known.roles), *(each.principal for each in known.deliveries)]
    for principal in named:
        if principal not in recorded("principals") and principal not in UNRECORDED:
            yield f"{principal} is on none of AWS's pages that were recorded"
    handlers = _registered(known.type).get("handlers", {})
    asks = any("iam:CreateServiceLinkedRole" in each["permissions"] for each in handlers.values())
    if asks and not known.linked_roles and known.type not in UNUSED_LINKS:
        yield "linked_roles: the handlers make one"
    for delivery in known.deliveries:
        for kind, actions in delivery.actions.items():
            if not _registered(kind):
                yield f"deliveries: there is no type {kind}"
            for action in (*actions, *delivery.key_actions):
                service, _, name = action.partition(":")
                if name.lower() not in _reference().get(service, {"Actions": {}})["Actions"]:
                    yield f"deliveries: there is no action {action}"


# Principals of which no page could be recorded: they rest on their source.
UNRECORDED = {
    "application-autoscaling.amazonaws.com",
    "budgets.amazonaws.com",
    "chatbot.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "s3.amazonaws.com",
}


def _metrics(known: Facts) -> Iterator[str]:
    for metrics in known.metrics:
        words = set(recorded("metrics").get(metrics.namespace, {"words": []})["words"])
        dimensions = {word for page in recorded("metrics").values() for word in page["words"]}
        if missing := (set(metrics.names) - words) | ({*metrics.dimensions, *metrics.others} - dimensions):
            yield f"metrics: {metrics.namespace} has no {sorted(missing)} on AWS's page"
        if not metrics.names or not metrics.dimensions:
            yield "metrics: there are no names or dimensions"
        for kind, attribute in metrics.others.values():
            if not _is_attribute(kind, attribute):
                yield f"metrics: {kind} has no {attribute}"


def _is_attribute(kind: str, attribute: str) -> bool:
    if not _registered(kind):
        return False
    if attribute.startswith("."):
        return node(kind, attribute[1:]) is not None
    return attribute == "Ref" or attribute in schema(kind)["read_only"]


def _referred(known: Facts) -> Iterator[str]:
    said = schema(known.type)["refers"]
    for path, (kind, attribute) in known.refers.items():
        if not _is_attribute(kind, attribute):
            yield f"refers: {kind} has no attribute {attribute}"
        if path in said and kind not in {of for of, _ in said[path]}:
            yield f"refers: by the schema {path} refers to {said[path]}"


def _open(known: Facts) -> Iterator[str]:
    opens = re.search(r"Gateway$|GatewayAttachment$|Gateway\w*Attachment$|Peering|::EIP$|ClientVpn", known.type) is not None
    if known.type.startswith("AWS::EC2::") and opens != bool(known.opens):
        yield "opens: its name says the opposite"


CHECKS: tuple[Callable[[Facts], Iterator[str]], ...] = (
    _page,
    _paths_exist,
    _conditions_hold,
    _complete,
    _data,
    _identity,
    _ports,
    _update,
    _authorized,
    _principals,
    _metrics,
    _referred,
    _open,
)


def every_type() -> list[str]:
    """Every type that has facts."""
    names = sorted(path.stem for path in Path(facts.__file__).parent.glob("*.py"))
    modules = (
        __import__(f"facts.{name}", fromlist=["FACTS"]) for name in names if name not in ("__init__", "endpoints", "kinds", "reference")
    )
    return [kind for module in modules for kind in module.FACTS]
