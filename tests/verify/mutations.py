"""Single faults, put systematically into rendered templates.

For each resource: the resource removed, each property dropped, each reference swapped, each port, protocol, principal, action, effect,
condition, dependency, statistic, expression and name changed, each address widened, each number raised and lowered, each list and
dictionary given more; for each statement of a policy something added, taken away, or widened; for each template its wiring; for what the
deployment gives its pattern, a default, and a value in its place; and public resources added.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from facts.reference import authorization

DROPPED = object()
# Texts for people, and tags.
SILENT = {
    "Description",
    "AlarmDescription",
    "GroupDescription",
    "DBSubnetGroupDescription",
    "Tags",
    "Label",
    "ScopeDescription",
    "OperationName",
}
# What the deployment gives, as it would stand in a template that was written for one.
GIVEN = {"ImageDigest": f"sha256:{'0' * 64}", "S3PrefixListId": "pl-63a5400a"}
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-0000-0000-000000000000"
DOES = {"GET": "reads", "OPTIONS": "asks"}
PROTOCOLS = {"HTTP": "HTTPS", "HTTPS": "HTTP", "TCP": "UDP", "tcp": "udp"}
# What a parameter may be declared with, besides its type.
LIMITS = {"AllowedPattern": "[a-z]{40}", "AllowedValues": ["x"], "Default": "x", "MaxLength": 10}
# Statistics and expressions: a part, and what may stand there by mistake.
OTHERWISE: dict[str | int, tuple[tuple[str, str], ...]] = {
    "Stat": (("Sum", "Average"), ("Maximum", "Average"), ("Minimum", "Maximum"), ("Average", "Minimum"), ("p99", "p9")),
    "Expression": (("SUM", "MIN"), ("> 0", "< 0"), (", 0)", ", 9)"), (" - ", " + "), ("IF", "MAX")),
}
# Documents of IAM, which have faults of their own.
POLICIES = {"AssumeRolePolicyDocument", "KeyPolicy", "Policies", "PolicyDocument", "RepositoryPolicyText"}
DEPTH = 4
# Properties that the templates do not give, each of which opens, loses or breaks something.
UNKNOWN: tuple[tuple[str, tuple[str | int, ...], Any], ...] = (
    ("database", ("Resources", "Instance", "Properties", "NetworkType"), "DUAL"),
    ("database", ("Resources", "Instance", "Properties", "DBSnapshotIdentifier"), "old"),
    (
        "database",
        ("Resources", "Instance", "Properties", "AssociatedRoles"),
        [{"FeatureName": "s3Export", "RoleArn": "arn:aws:iam::1:role/x"}],
    ),
    ("load_balancing", ("Resources", "AccessLogs", "Properties", "ReplicationConfiguration"), {"Role": "x", "Rules": []}),
    ("load_balancing", ("Resources", "AccessLogs", "Properties", "WebsiteConfiguration"), {"IndexDocument": "index.html"}),
    ("service", ("Resources", "TaskDefinition", "Properties", "ContainerDefinitions", 0, "User"), "root"),
    ("service", ("Resources", "TaskDefinition", "Properties", "PidMode"), "task"),
    ("service", ("Resources", "Service", "Properties", "ServiceConnectConfiguration"), {"Enabled": True}),
    ("api", ("Resources", "Stage", "Properties", "CanarySetting"), {"DeploymentId": "old", "PercentTraffic": 50}),
    ("api", ("Resources", "RestApi", "Properties", "Body"), {"openapi": "3.0.1"}),
    ("network", ("Resources", "Vpc", "Properties", "InstanceTenancy"), "dedicated"),
    ("network", ("Resources", "ServiceSubnetA", "Properties", "EnableDns64"), True),
)


class Mutant(NamedTuple):
    """One fault: a value put at a path of a template, or taken away."""

    kind: str
    template: str
    path: tuple[str | int, ...]
    value: Any
    # What it is about, without names: faults that are alike have the same.
    about: str

    @property
    def id(self) -> str:
        """A line that names it; what stands elsewhere in a list is something else."""
        return f"{self.kind} {self.about}" + "".join(f"[{step}]" for step in self.path if isinstance(step, int))

    def applied(self, templates: dict[str, Any]) -> dict[str, Any]:
        """The templates with the fault; only what lies on its path is copied."""
        copied = dict(templates)
        node: Any = copied
        for step in (self.template, *self.path[:-1]):
            node[step] = node[step].copy()
            node = node[step]
        if self.value is DROPPED:
            del node[self.path[-1]]
        else:
            node[self.path[-1]] = self.value
        return copied


def mutants(templates: dict[str, Any]) -> Iterator[Mutant]:
    """Every fault, but of those that are alike in one template the first alone."""
    seen: set[str] = set()
    for mutant in _all(templates):
        if mutant.id not in seen:
            seen.add(mutant.id)
            yield mutant


def _all(templates: dict[str, Any]) -> Iterator[Mutant]:
    yield from _additions()
    for name, template in templates.items():
        yield from _wiring(name, template)
        for title, resource in template["Resources"].items():
            about = f"{name}.{_alias(title, resource)}"
            path = ("Resources", title)
            yield Mutant("remove", name, path, DROPPED, about)
            for attribute in ("DeletionPolicy", "UpdateReplacePolicy"):
                if attribute in resource:
                    yield Mutant("drop", name, (*path, attribute), DROPPED, f"{about} {attribute}")
                else:
                    yield Mutant("leave over", name, (*path, attribute), "Retain", f"{about} {attribute}")
            for index, needed in enumerate(resource.get("DependsOn", [])):
                alias = _alias(needed, template["Resources"][needed])
                yield Mutant("independent", name, (*path, "DependsOn", index), DROPPED, f"{about} of {alias}")
            yield from _values(name, template, (*path, "Properties"), resource.get("Properties", {}), f"{about} ")


def _alias(title: str, resource: dict[str, Any]) -> str:
    """The type; the logical id too where resources of one type differ in what they are for."""
    kind = str(resource["Type"]).removeprefix("AWS::")
    alike = ("Subnet", "RouteTable", "Association", "SecurityGroup", "Deployment", "LogGroup", "ScalingPolicy", "GatewayResponse")
    if kind.endswith("Method"):
        return f"{kind}({DOES.get(resource['Properties'].get('HttpMethod'), 'writes')})"
    return kind if kind.endswith(alike) else f"{kind}({title})"


def _wiring(name: str, template: dict[str, Any]) -> Iterator[Mutant]:
    outputs = template.get("Outputs", {})
    for output, other in zip(outputs, [*list(outputs)[1:], *list(outputs)[:1]], strict=True):
        yield Mutant("drop output", name, ("Outputs", output), DROPPED, f"{name}.{output}")
        if name != "root" and other != output:
            yield Mutant("swap output", name, ("Outputs", output, "Value"), outputs[other]["Value"], f"{name}.{output} to {other}")
    for parameter, declared in template.get("Parameters", {}).items():
        yield Mutant("drop parameter", name, ("Parameters", parameter), DROPPED, f"{name}.{parameter}")
        if name == "root":
            for key, given in (("AllowedPattern", ".*"), ("Default", GIVEN.get(parameter, CERTIFICATE))):
                yield Mutant("free", name, ("Parameters", parameter, key), given, f"{name}.{parameter} {key}")
        for key, value in LIMITS.items():
            yield Mutant("limit parameter", name, ("Parameters", parameter, key), value, f"{name}.{parameter} {key}")
        kind = "String" if declared["Type"] != "String" else "CommaDelimitedList"
        yield Mutant("type of parameter", name, ("Parameters", parameter, "Type"), kind, f"{name}.{parameter}")


def _values(name: str, template: dict[str, Any], path: tuple[str | int, ...], node: Any, about: str) -> Iterator[Mutant]:
    """The faults below one node of a resource's properties."""
    if isinstance(node, dict) and (swapped := _swapped(template, node)) is not None:
        yield Mutant("swap", name, path, swapped, about)
        if name == "root" and node.get("Ref") in template.get("Parameters", {}):
            yield Mutant("fix", name, path, GIVEN.get(node["Ref"], CERTIFICATE), about)
        return
    yield from _more(name, path, node, about)
    items = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
    for key, value in items:
        if key in SILENT:
            continue
        here = f"{about}.{key}" if isinstance(key, str) else f"{about}[]"
        if value == {"Ref": key} and path[-2:] == ("Fn::Sub", 1):
            # Left out, the variable is the parameter of the same name: no fault.
            yield from _values(name, template, (*path, key), value, here)
            continue
        if len(path) < DEPTH + 3 and not (isinstance(node, dict) and len(node) == 1 and str(key).startswith("Fn::")):
            yield Mutant("drop", name, (*path, key), DROPPED, here)
        yield from _changed(name, (*path, key), key, value, here)
        if key == "Statement" and isinstance(value, list):
            yield from _policy(name, (*path, key), value, here)
        yield from _values(name, template, (*path, key), value, here)


def _changed(name: str, path: tuple[str | int, ...], key: str | int, value: Any, about: str) -> Iterator[Mutant]:
    """The faults of one value."""
    if isinstance(value, bool):
        yield Mutant("flip", name, path, not value, about)
    elif isinstance(value, int | float):
        yield Mutant("raise", name, path, value + 1 if "Port" in str(key) else value * 10 + 1, about)
        if value > 0:
            yield Mutant("lower", name, path, 1 if value > 1 else 0, about)
    elif isinstance(value, str):
        yield from _text(name, path, key, value, about)
    actions = value if isinstance(value, list) else [value]
    if key == "Action" and all(isinstance(action, str) and ":" in action for action in actions):
        service = actions[0].split(":")[0]
        yield Mutant("widen", name, path, [f"{service}:*"], about)
        yield Mutant("add action", name, path, [*actions, "iam:CreateUser"], about)
        yield Mutant("drop action", name, path, actions[1:] or ["sts:GetCallerIdentity"], about)
    elif key == "Resource":
        yield Mutant("widen", name, path, ["*"], about) if value != ["*"] else Mutant("narrow", name, path, ["arn:aws:s3:::x"], about)
    elif key == "Principal":
        yield Mutant("widen", name, path, "*" if value != "*" else {"AWS": "*"}, about)
    elif key in ("SourceSecurityGroupId", "DestinationSecurityGroupId"):
        yield Mutant("widen", name, path[:-1], {"GroupId": {"Ref": "x"}, "CidrIp": "0.0.0.0/0", "IpProtocol": "-1"}, about)


def _text(name: str, path: tuple[str | int, ...], key: str | int, value: str, about: str) -> Iterator[Mutant]:
    if value in PROTOCOLS:
        yield Mutant("protocol", name, path, PROTOCOLS[value], about)
    elif value in ("true", "false"):
        yield Mutant("flip", name, path, str(value == "false").lower(), about)
    elif key in OTHERWISE:
        yield from (
            Mutant(str(key).lower(), name, path, value.replace(was, other, 1), f"{about} {other}")
            for was, other in OTHERWISE[key]
            if was in value
        )
    elif key == "Effect":
        yield Mutant("effect", name, path, {"Allow": "Deny", "Deny": "Allow"}[value], about)
    elif key != "Version":
        yield Mutant("rename", name, path, f"{value}x", about)
    if str(key).endswith("Cidr") or key in ("CidrIp", "CidrBlock"):
        yield Mutant("widen", name, path, "0.0.0.0/0", about)


def _more(name: str, path: tuple[str | int, ...], node: Any, about: str) -> Iterator[Mutant]:
    """A list with one thing more, like its last; a dictionary with a key that means nothing."""
    if POLICIES.intersection(path):
        return
    if isinstance(node, list) and node and not str(path[-1]).startswith("Fn::"):
        last = node[-1]
        added = f"{last}x" if isinstance(last, str) else last
        yield Mutant("add entry", name, path, [*node, added], about)
    elif isinstance(node, dict) and not any(str(key).startswith("Fn::") for key in node) and path[-2:] != ("Fn::Sub", 1):
        yield Mutant("add key", name, path, {**node, "Added": "x"}, about)
    if path[-1] == "Environment":
        yield Mutant("add variable", name, path, [*node, {"Name": "ADDED", "Value": "x"}], about)


# Faults of policies.

# Each operator's opposite; and what asks for nothing where the key is missing.
OPPOSITES = {
    "ArnLike": "ArnNotLike",
    "Bool": "StringNotEquals",
    "StringEquals": "StringNotEquals",
    "StringEqualsIfExists": "StringNotEquals",
    "StringLike": "StringNotLike",
}
LENIENT = ("ForAllValues:{}", "{}IfExists")
ELSEWHERE = "arn:aws:s3:::elsewhere/*"
# Of a long list of actions, so many are dropped, one at a time.
DROPPED_ACTIONS = 8


def _policy(name: str, path: tuple[str | int, ...], statements: list[dict[str, Any]], about: str) -> Iterator[Mutant]:
    """In each statement a condition, an action, a resource or a denial more, another operator or key, an action less, a wider resource."""
    for index, statement in enumerate(statements):
        here = (*path, index)
        conditions, actions = statement.get("Condition", {}), statement["Action"]
        strange = conditions | {"StringEquals": conditions.get("StringEquals", {}) | {"aws:SourceVpce": "vpce-0123456789abcdef0"}}
        yield Mutant("add condition", name, (*here, "Condition"), strange, about)
        denial = {key: value for key, value in statement.items() if key != "Condition"} | {"Effect": "Deny", "Action": actions[:1]}
        yield Mutant("add denial", name, path, [*statements, denial], f"{about} {actions[0]}")
        for operator, keys in conditions.items():
            for other in (OPPOSITES[operator], *(lenient.format(operator) for lenient in LENIENT)):
                changed = {other if each == operator else each: asked for each, asked in conditions.items()}
                yield Mutant("operator", name, (*here, "Condition"), changed, f"{about} {operator} {other}")
            for key in keys:
                other = "aws:PrincipalAccount" if key != "aws:PrincipalAccount" else "aws:SourceAccount"
                changed = {other if each == key else each: asked for each, asked in keys.items()}
                yield Mutant("key", name, (*here, "Condition", operator), changed, f"{about} {key}")
        if (another := _another(actions)) is not None:
            yield Mutant("add action", name, (*here, "Action"), [*actions, another], f"{about} of the service")
        for dropped in range(1, len(actions), max(1, len(actions) // DROPPED_ACTIONS)):
            yield Mutant("drop action", name, (*here, "Action", dropped), DROPPED, f"{about} {actions[dropped]}")
        resources = statement.get("Resource", [])
        if resources:
            yield Mutant("add resource", name, (*here, "Resource"), [*resources, ELSEWHERE], about)
        for number, resource in enumerate(resources):
            if (wider := _wider(resource)) is not None:
                yield Mutant("star", name, (*here, "Resource", number), wider, about)


def _another(actions: list[str]) -> str | None:
    """An action of the same service that takes a resource, and is not among these."""
    service = actions[0].split(":")[0]
    known = {action.lower() for action in actions}
    others = (f"{service}:{other}" for other in sorted(authorization(service).with_resource))
    return next((other for other in others if other not in known), None)


def _wider(resource: Any) -> Any:
    """The pattern with a star for the last part that is none; None where it is a reference, or has one there."""
    text = resource.get("Fn::Sub") if isinstance(resource, dict) else resource
    if not isinstance(text, str) or text == "*":
        return None
    last = max(text.removesuffix("/*").rfind(":"), text.removesuffix("/*").rfind("/"))
    wider = f"{text[: last + 1]}*"
    if wider == text:
        return None
    return {"Fn::Sub": wider} if isinstance(resource, dict) else wider


def _swapped(template: dict[str, Any], node: dict[str, Any]) -> Any:
    """The same reference to something else: another parameter of its type, or another resource, of the same type if there is one."""
    if set(node) == {"Ref"}:
        name, rest = node["Ref"], None
    elif set(node) == {"Fn::GetAtt"}:
        name, rest = node["Fn::GetAtt"]
    else:
        return None
    parameters, resources = template.get("Parameters", {}), template["Resources"]
    if name in parameters:
        others = [other for other in parameters if other != name]
        others.sort(key=lambda other: parameters[other] != parameters[name])
    elif name in resources:
        others = [other for other in resources if other != name]
        others.sort(key=lambda other: resources[other]["Type"] != resources[name]["Type"])
    else:
        return {"Ref": "AWS::StackName"}
    other = others[0] if others else "Nothing"
    return {"Ref": other} if rest is None else {"Fn::GetAtt": [other, rest]}


def _additions() -> Iterator[Mutant]:
    """Resources that open a way."""
    for name, path, value in UNKNOWN:
        yield Mutant("add property", name, path, value, f"{name} {'.'.join(map(str, path[1:]))}")
    vpc, group = {"Ref": "Vpc"}, {"Fn::GetAtt": ["ServiceSecurityGroup", "GroupId"]}
    world = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "GroupId": group}
    everybody = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
    added: dict[str, list[tuple[str, dict[str, Any]]]] = {
        "network": [
            ("EC2::InternetGateway", {}),
            ("EC2::EgressOnlyInternetGateway", {"VpcId": vpc}),
            ("EC2::VPCGatewayAttachment", {"VpcId": vpc, "InternetGatewayId": "igw-1"}),
            ("EC2::NatGateway", {"SubnetId": {"Ref": "ServiceSubnetA"}}),
            ("EC2::EIP", {}),
            ("EC2::Route", {"RouteTableId": {"Ref": "ServiceRouteTable"}, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"}),
            ("EC2::VPCPeeringConnection", {"VpcId": vpc, "PeerVpcId": "vpc-1"}),
            ("EC2::TransitGatewayAttachment", {"VpcId": vpc, "TransitGatewayId": "tgw-1", "SubnetIds": []}),
            ("EC2::VPNGateway", {"Type": "ipsec.1"}),
            ("EC2::ClientVpnEndpoint", {}),
            ("EC2::SecurityGroupEgress", world | {"CidrIp": "0.0.0.0/0"}),
            ("EC2::SecurityGroupIngress", world | {"CidrIp": "0.0.0.0/0"}),
            ("EC2::SecurityGroupIngress", world | {"CidrIpv6": "::/0"}),
            ("EC2::SecurityGroupIngress", world | {"SourcePrefixListId": "pl-63a5400a"}),
            ("EC2::SecurityGroup", {"GroupDescription": "open", "VpcId": vpc}),
            ("EC2::Subnet", {"VpcId": vpc, "CidrBlock": "10.0.192.0/19", "MapPublicIpOnLaunch": True}),
        ],
        "load_balancing": [
            ("ElasticLoadBalancingV2::LoadBalancer", {"Type": "network", "Scheme": "internet-facing", "SecurityGroups": [], "Subnets": []}),
            ("ElasticLoadBalancing::LoadBalancer", {"Scheme": "internet-facing", "Listeners": []}),
            ("GlobalAccelerator::Accelerator", {"Name": "open"}),
            ("S3::Bucket", {}),
            ("S3::BucketPolicy", {"Bucket": {"Ref": "AccessLogs"}, "PolicyDocument": everybody}),
        ],
        "service": [
            ("Lambda::Url", {"AuthType": "NONE", "TargetFunctionArn": "f"}),
            ("IAM::Role", {"AssumeRolePolicyDocument": trust}),
            ("IAM::User", {}),
            ("IAM::AccessKey", {"UserName": "u"}),
            ("Logs::LogGroup", {}),
        ],
        "api": [
            ("ApiGatewayV2::Api", {"Name": "open", "ProtocolType": "HTTP"}),
            ("CloudFront::Distribution", {}),
            (
                "ApiGateway::Method",
                {
                    "RestApiId": {"Ref": "RestApi"},
                    "ResourceId": {"Ref": "BooksResource"},
                    "HttpMethod": "ANY",
                    "AuthorizationType": "NONE",
                    "Integration": {"ConnectionId": {"Ref": "VpcLink"}},
                },
            ),
        ],
        "database": [("RDS::DBProxy", {}), ("RDS::DBSnapshot", {}), ("SecretsManager::Secret", {})],
    }
    for name, resources in added.items():
        for index, (kind, properties) in enumerate(resources):
            resource = {"Type": f"AWS::{kind}", "Properties": properties}
            about = f"{name} {kind} {json.dumps(properties, sort_keys=True)[:60]}"
            yield Mutant("add", name, ("Resources", f"Added{index}"), resource, about)
