"""What would let a deployment hang or fail, found before it begins."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError

from ci.deployed import backups, beside, image, stacks
from ci.deployed.environment import Deployed
from ci.deployed.errors import RefusedError
from ci.deployed.finding import Check, Finding, Wanted
from facts.endpoints import GATEWAYS
from templates import names
from templates.parameters import PREFIX_LISTS

DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
# Zones in which Fargate starts no tasks, or where a VPC link cannot be; all others that a region offers are fine.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AWS_Fargate-Regions.html
FARGATE_LACKS = frozenset({"usw1-az2", "apne1-az3"})
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-vpc-links-v2.html
VPC_LINK_LACKS = frozenset({"use1-az3", "usw1-az2", "apne1-az3", "ape1-az1", "cac1-az4", "euw3-az2"})
# One of v1 goes where its balancer is; of this zone alone it is known that endpoint services, which it uses, are not offered.
VPC_LINK_V1_LACKS = frozenset({"use1-az3"})
ARCHITECTURES = {"ARM64": "arm64", "X86_64": "amd64"}
CREATE_ECS_ROLE = "aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com"


def findings(deployed: Deployed, wanted: Wanted) -> Iterator[tuple[str, Finding]]:
    """Each check's name, with what it found."""
    for name, check in CHECKS.items():
        try:
            yield from ((name, finding) for finding in check(deployed, wanted))
        except ClientError as error:
            if not is_denied(error):
                raise
            yield name, Finding("unknown", f"these credentials may not call {error.operation_name}", "look with others, or go on")


def is_denied(error: ClientError) -> bool:
    """Whether it is the right to call that is missing."""
    return error.response["Error"]["Code"] in DENIED


def _refusal(error: RefusedError) -> Finding:
    sentence, _, remedy = str(error).partition(": ")
    return Finding("stop", sentence, remedy)


def _identity(deployed: Deployed, _: Wanted) -> Iterator[Finding]:
    who = deployed.identity()
    yield Finding("ok", f"{who['Arn']} in account {who['Account']}, {deployed.region}")


def _zones(deployed: Deployed, _: Wanted) -> Iterator[Finding]:
    described = deployed.client("ec2").describe_availability_zones()["AvailabilityZones"]
    ids = {zone["ZoneName"]: zone["ZoneId"] for zone in described}
    link_lacks = VPC_LINK_LACKS if deployed.settings.ingress == "alb" else VPC_LINK_V1_LACKS
    for zone in deployed.settings.network.zones:
        remedy = f"name others in network.zones of environments/{deployed.name}.toml, render and commit"
        if zone not in ids:
            yield Finding("stop", f"this account has no zone {zone}, only {', '.join(ids)}", remedy)
        elif lacking := [what for what, zones in (("Fargate", FARGATE_LACKS), ("VPC link", link_lacks)) if ids[zone] in zones]:
            yield Finding("stop", f"{zone} is {ids[zone]} in this account, which has no {' and no '.join(lacking)}", remedy)
        else:
            yield Finding("ok", f"{zone} is {ids[zone]}")


def _stack(deployed: Deployed, _: Wanted) -> Iterator[Finding]:
    if stacks.bootstrap(deployed):
        try:
            stacks.outputs_of_bootstrap(deployed)
        except RefusedError as error:
            yield _refusal(error)
    stack = stacks.find(deployed, deployed.stack)
    if stack is None:
        yield Finding("ok", f"{deployed.stack} is not there yet, it will be created")
    elif remedy := stacks.next_step(deployed, stack.status):
        yield Finding("stop", f"{deployed.stack} is {stack.status}", remedy)
    else:
        yield Finding("ok", f"{deployed.stack} is {stack.status}")


def _image(deployed: Deployed, wanted: Wanted) -> Iterator[Finding]:
    if wanted.image is None:
        return
    try:
        digest = image.digest(deployed, wanted.image)
    except RefusedError as error:
        before = stacks.bootstrap(deployed)
        if before is None or stacks.next_step(deployed, before.status, before.name) is None:
            yield _refusal(error)
        return
    needed, offered = ARCHITECTURES[deployed.settings.service.architecture], _architectures(deployed, digest)
    if not offered:
        yield Finding("unknown", f"{wanted.image} is {digest}; for which processor, its manifest does not say", "see that a task starts")
    elif needed in offered:
        yield Finding("ok", f"{wanted.image} is {digest}, for {needed}")
    else:
        remedy = f"build it for {deployed.settings.service.architecture} and push it as the next version"
        yield Finding("stop", f"{wanted.image} is for {', '.join(sorted(offered))}, the tasks run on {needed}", remedy)


def _architectures(deployed: Deployed, digest: str) -> set[str]:
    """Of an index all of its platforms; of a single image what its configuration says."""
    where, ecr = image.repository(deployed), deployed.client("ecr")
    [found] = ecr.batch_get_image(**where, imageIds=[{"imageDigest": digest}])["images"]
    manifest: dict[str, Any] = json.loads(found["imageManifest"])
    if "manifests" in manifest:
        return {entry.get("platform", {}).get("architecture", "") for entry in manifest["manifests"]} - {"", "unknown"}
    if configuration := manifest.get("config", {}).get("digest"):
        url = ecr.get_download_url_for_layer(**where, layerDigest=configuration)["downloadUrl"]
        return {_download(url).get("architecture", "")} - {""}
    return set()


def _download(url: str) -> dict[str, Any]:
    from urllib.request import urlopen  # noqa: PLC0415 only an image without an index needs it

    if not url.startswith("https://"):
        return {}
    try:
        with urlopen(url, timeout=10) as answer:  # noqa: S310 its scheme was looked at
            document: dict[str, Any] = json.load(answer)
            return document
    except (OSError, ValueError):
        return {}


def _snapshot(deployed: Deployed, _: Wanted) -> Iterator[Finding]:
    """Looked at as long as the database is not made from it: later it may be gone."""
    settings = deployed.settings
    if settings.database.snapshot is None or beside.find(deployed, names.database_instance(settings)):
        return
    try:
        found = backups.snapshot(deployed, settings.database.snapshot)
    except RefusedError as error:
        yield _refusal(error)
        return
    if found.gigabytes > settings.database.storage_gb:
        yield Finding(
            "stop",
            f"the snapshot {found.identifier} has {found.gigabytes} GB, and database.storage_gb is {settings.database.storage_gb}",
            f"set storage_gb = {found.gigabytes} under [database] in environments/{deployed.name}.toml, render and commit",
        )
        return
    newest = next(iter(backups.snapshots(deployed)), found)
    later = f"; there is a later one, of {backups.stamp(newest.time)}" if newest.time > found.time else ""
    yield Finding("ok", f"the database will be made anew, with the data of {backups.stamp(found.time)}{later}")


def _certificates(deployed: Deployed, wanted: Wanted) -> Iterator[Finding]:
    stack = stacks.find(deployed, deployed.stack)
    for name in ("CertificateArn", "ApiCertificateArn"):
        if name not in deployed.template("root").get("Parameters", {}):
            continue
        arn = wanted.certificates.get(name) or (stack.parameters.get(name) if stack else None)
        option = "--certificate-arn" if name == "CertificateArn" else "--api-certificate-arn"
        if arn is None:
            yield Finding("stop", f"these settings need the parameter {name}", f"give the ARN of an issued certificate with {option}")
            continue
        try:
            status = deployed.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]["Status"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            status = "not there"
        if status == "ISSUED":
            yield Finding("ok", f"{name} is issued")
        else:
            yield Finding("stop", f"the certificate of {name} is {status}", "add its DNS record and wait until it is issued")


def _alarms(deployed: Deployed, _: Wanted) -> Iterator[Finding]:
    wanted = list(names.rollback_alarms(deployed.settings))
    described = deployed.client("cloudwatch").describe_alarms(AlarmNames=wanted)["MetricAlarms"]
    alarming = [alarm["AlarmName"] for alarm in described if alarm["StateValue"] == "ALARM"]
    if alarming:
        # ECS ignores an alarm that is in ALARM when the deployment begins: nothing would call the deployment off.
        yield Finding("stop", f"{', '.join(alarming)}: in ALARM", "ECS would ignore it: wait until it is OK, or give --despite-alarms")
    else:
        yield Finding("ok", "no rollback alarm is in ALARM")


def _prefix_list(deployed: Deployed, _: Wanted) -> Iterator[Finding]:
    asked = deployed.template("root").get("Parameters", {})
    for service in (service for parameter, service in PREFIX_LISTS.items() if parameter in asked):
        found = prefix_list(deployed, service)
        missing = Finding("stop", f"{deployed.region} has no prefix list of {GATEWAYS[service]}", "ask AWS")
        yield Finding("ok", f"{GATEWAYS[service]} is {found} here") if found else missing


def prefix_list(deployed: Deployed, service: str) -> str | None:
    """The id of a service's managed prefix list, another one in each region."""
    name = f"com.amazonaws.{deployed.region}.{service}"
    found = deployed.client("ec2").describe_managed_prefix_lists(Filters=[{"Name": "prefix-list-name", "Values": [name]}])["PrefixLists"]
    return next((each["PrefixListId"] for each in found), None)


def _log_role(deployed: Deployed, _: Wanted) -> Iterator[Finding]:
    if deployed.client("apigateway").get_account().get("cloudwatchRoleArn"):
        yield Finding("ok", "API Gateway may write logs")
    elif stacks.bootstrap(deployed) is None and deployed.path("account").exists() and stacks.find(deployed, deployed.account) is None:
        yield Finding("ok", "API Gateway may not write logs yet; the first deployment creates its role")
    else:
        yield Finding("stop", "API Gateway has no role to write logs in this account and region", _account_remedy(deployed))


def _account_remedy(deployed: Deployed) -> str:
    if deployed.path("account").exists():
        account = stacks.find(deployed, deployed.account)
        step = stacks.next_step(deployed, account.status, account.name) if account else None
        return f"{f'{step}; then ' if step else ''}deploy the account's stack: docs/deploy.md, section 1"
    return f"set account.api_gateway_log_role = true in environments/{deployed.name}.toml, render, and deploy the account's stack"


def _ecs_role(deployed: Deployed, _: Wanted) -> Iterator[Finding]:
    if deployed.client("iam").list_roles(PathPrefix="/aws-service-role/ecs.amazonaws.com/")["Roles"]:
        yield Finding("ok", "the service-linked role of ECS is there")
    else:
        yield Finding("stop", "the account has no service-linked role of ECS", CREATE_ECS_ROLE)


def _quotas(deployed: Deployed, _: Wanted) -> Iterator[Finding]:
    from ci.deployed.quotas import quotas  # noqa: PLC0415 it needs all templates, resolved

    yield from quotas(deployed)


CHECKS: dict[str, Check] = {
    "identity": _identity,
    "zones": _zones,
    "stack": _stack,
    "image": _image,
    "snapshot": _snapshot,
    "certificates": _certificates,
    "alarms": _alarms,
    "prefix list": _prefix_list,
    "log role": _log_role,
    "ECS role": _ecs_role,
    "quotas": _quotas,
}


def table(found: Sequence[tuple[str, Finding]]) -> str:
    """One line a finding, its remedy below."""
    lines = [f"{finding.state:<8} {name:<13} {finding.sentence}" for name, finding in found]
    remedies = [f"{'':<22} -> {finding.remedy}" if finding.remedy else "" for _, finding in found]
    return "\n".join(line for pair in zip(lines, remedies, strict=True) for line in pair if line)
