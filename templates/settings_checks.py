"""Rules over several settings at once: each says what is impossible or dangerous, why, and what to do."""

from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from pathlib import Path
from typing import NamedTuple

from templates import addresses, fargate, github, instance_classes, regions
from templates.settings import Environment

# Under blue/green both versions run at full scale, and each starting task migrates with a connection of its own.
VERSIONS_AT_ONCE = 2
# Addresses in a service subnet for endpoints, bastion and the like.
OTHER_ADDRESSES = 12
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinearConfiguration.html
LONGEST_DEPLOYMENT_HOURS = 33
# Two of three minutes are bad, each is evaluated once it is over, and its metrics come late.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
ALARM_MINUTES = 5
# Of the deploy role's trust policy, which has 2,048 characters in all.
LONGEST_SUBJECTS = 1_500
RDS_AUTHORITIES = Path(__file__).parents[1] / "books_api" / "runtime" / "rds-ca.pem"
PRIVATE = tuple(IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))


class Problem(NamedTuple):
    """What is wrong: the key, and a sentence that says why and what to do."""

    key: str
    sentence: str


def problems(environment: Environment) -> Iterator[Problem]:
    """Everything about these settings that is refused."""
    for check in (_region, _addresses, _database, _tasks, _schedule, _deployment, _encryption, _account, _production):
        yield from check(environment)


def warnings(environment: Environment) -> Iterator[Problem]:
    """What is allowed but weakens the deployment."""
    if environment.api.authorization == "none":
        yield Problem("api.authorization", '"none" lets everybody on the Internet change the catalogue.')
    if environment.monitoring.email is None and environment.monitoring.slack is None:
        yield Problem("monitoring", "nobody hears of alarms; set monitoring.email, or the table monitoring.slack.")
    if not environment.api.waf:
        yield Problem("api.waf", "without a WAF nothing filters requests before they reach the API.")
    if environment.service.exec:
        yield Problem("service.exec", "who may call ecs:ExecuteCommand gets a shell in the containers, with the task's rights.")
    if not environment.database.deletion_protection:
        yield Problem("database.deletion_protection", "the database can be deleted; a last snapshot is kept.")
    if not environment.production:
        for key, minutes in _short(environment):
            yield Problem(
                key, f"{minutes} minutes end before an alarm can fire, which takes {ALARM_MINUTES}: nothing rolls a bad version back."
            )
    account = environment.account
    if account.github_refs and not any(ref.startswith("environment:") for ref in account.github_refs):
        yield Problem("account.github_refs", "the delivered workflows deploy in a GitHub environment, whose jobs none of these fits.")
    if environment.production and not environment.end_to_end:
        yield Problem("encryption", '"edge" leaves requests unencrypted between the gateway and the tasks, inside AWS\'s network.')
    if environment.api.authorization == "api_key":
        yield Problem("api.authorization", '"api_key" tells callers apart and limits them; AWS says that keys are no authentication.')


def _region(environment: Environment) -> Iterator[Problem]:
    region, zones = environment.region, environment.network.zones
    if region not in regions.REGIONS:
        yield Problem("region", f"{region} is not a supported region; use one of {', '.join(sorted(regions.REGIONS))}.")
        return
    if f"Amazon RDS {region} Root CA" not in RDS_AUTHORITIES.read_text(encoding="utf-8"):
        yield Problem(
            "region",
            f"the service could not check the certificate of a database in {region}: its authority is not in books_api/runtime/rds-ca.pem; "
            "refresh that file (docs/service.md), or use another region.",
        )
    if foreign := [zone for zone in zones if zone[:-1] != region]:
        yield Problem("network.zones", f"{', '.join(foreign)} is not a zone of {region}; name zones such as {region}a.")
    if len(set(zones)) < len(zones):
        yield Problem("network.zones", "a zone is named twice; name different zones.")
    if environment.monitoring.budget_usd is not None and region in regions.WITHOUT_BUDGETS:
        yield Problem("monitoring.budget_usd", f"CloudFormation has no budgets in {region}; remove the key and make one in the console.")
    repository = environment.service.image_repository_arn
    if repository and repository.split(":")[3] != region:
        yield Problem(
            "service.image_repository_arn",
            f"the private network reaches the registry of {region} alone; replicate the repository to {region} and name that one.",
        )


def _addresses(environment: Environment) -> Iterator[Problem]:
    cidr, zones, key = environment.network.cidr, environment.network.zones, "network.cidr"
    try:
        block = IPv4Network(cidr)
    except (AddressValueError, NetmaskValueError, ValueError) as error:
        yield Problem(key, f"{error}; use a block such as 10.0.0.0/16.")
        return
    if not any(block.subnet_of(private) for private in PRIVATE):
        yield Problem(key, f"{cidr} is not a private block; use one in {', '.join(map(str, PRIVATE))}.")
    longest = addresses.longest_prefix(zones)
    # AWS allows a VPC no more than a /16.
    if not 16 <= block.prefixlen <= longest:
        named = ", ".join(zone[-1] for zone in zones)
        yield Problem(key, f"a VPC with the zones {named} is a /16 to a /{longest} block, {cidr} is not; change its length.")
        return
    subnet = min(addresses.subnets(cidr, zones)["service"], key=addresses.usable)
    per_zone = -(-environment.service.max_tasks * VERSIONS_AT_ONCE // len(zones)) + OTHER_ADDRESSES
    if addresses.usable(subnet) < per_zone:
        yield Problem(
            key,
            f"a service subnet of {cidr} has {addresses.usable(subnet)} addresses, but {environment.service.max_tasks} tasks "
            f"during a deployment need {per_zone} in a zone; use a larger block or a lower service.max_tasks.",
        )


def _database(environment: Environment) -> Iterator[Problem]:
    database, service = environment.database, environment.service
    if database.instance_class not in instance_classes.MEMORY_GIB:
        known = ", ".join(instance_classes.MEMORY_GIB)
        yield Problem("database.instance_class", f"{database.instance_class} is not a class that is known here; use one of {known}.")
        return
    if database.max_storage_gb * 10 < database.storage_gb * 11:
        yield Problem("database.max_storage_gb", "RDS wants room to grow: at least 10 % more than database.storage_gb; raise it.")
    needed = service.max_tasks * VERSIONS_AT_ONCE * fargate.connections(service.cpu, environment.contract.threads)
    offered = instance_classes.max_connections(database.instance_class)
    if needed > offered:
        yield Problem(
            "database.instance_class",
            f"during a deployment {VERSIONS_AT_ONCE} x {service.max_tasks} tasks open up to {needed} connections, but "
            f"{database.instance_class} allows about {offered}; choose a larger class or a lower service.max_tasks or service.cpu.",
        )


def _tasks(environment: Environment) -> Iterator[Problem]:
    service = environment.service
    if service.memory not in fargate.MEMORY[service.cpu]:
        offered = ", ".join(map(str, fargate.MEMORY[service.cpu]))
        yield Problem("service.memory", f"Fargate offers no {service.memory} MiB with {service.cpu} CPU units; use one of {offered}.")
    if service.min_tasks > service.max_tasks:
        yield Problem("service.min_tasks", f"{service.min_tasks} is more than service.max_tasks, {service.max_tasks}; lower it.")
    if service.requests_target is not None and environment.deployment.strategy != "rolling":
        yield Problem(
            "service.requests_target",
            f"this metric names one target group, but {environment.deployment.strategy} moves between two; "
            'remove the key or set deployment.strategy = "rolling".',
        )


def _schedule(environment: Environment) -> Iterator[Problem]:
    night = environment.service.night
    if night is None:
        return
    if night.wake_hour >= night.sleep_hour:
        yield Problem(
            "service.night.wake_hour", f"{night.wake_hour} is not before sleep_hour, {night.sleep_hour}, of the same day; lower it."
        )
    if not _is_timezone(night.timezone):
        yield Problem("service.night.timezone", f"there is no time zone {night.timezone}; use one of the IANA's, such as Europe/Berlin.")
    if environment.production:
        yield Problem("service.night", "a schedule to zero tasks takes production down; remove the table, or production = true.")


def _is_timezone(name: str) -> bool:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones  # noqa: PLC0415 only a schedule needs it

    try:
        ZoneInfo(name)
    except ZoneInfoNotFoundError:
        # A machine without the IANA's table cannot tell.
        return not available_timezones()
    except (OSError, ValueError):
        # A file of the table that is no time zone.
        return False
    return True


def _deployment(environment: Environment) -> Iterator[Problem]:
    deployment = environment.deployment
    # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CanaryConfiguration.html
    if round(deployment.step_percent, 1) != deployment.step_percent:
        yield Problem("deployment.step_percent", "ECS takes multiples of 0.1; round it, for example to 33.3.")
    if environment.production:
        for key, minutes in _short(environment):
            yield Problem(key, f"{minutes} minutes end before an alarm can fire, which takes {ALARM_MINUTES}; raise it.")
    if deployment.strategy == "linear" and deployment.step_percent < 3:
        yield Problem("deployment.step_percent", "a linear step is 3 to 100 percent; raise it.")
        return
    if deployment.minutes > LONGEST_DEPLOYMENT_HOURS * 60:
        yield Problem(
            "deployment.step_minutes",
            f"the deployment would take {deployment.minutes / 60:.0f} hours; "
            f"CloudFormation allows no more than {LONGEST_DEPLOYMENT_HOURS}: lower it.",
        )


def _short(environment: Environment) -> Iterator[tuple[str, int]]:
    """The times of a deployment in which the rollback alarms could not fire, each with its key."""
    deployment = environment.deployment
    watched = {"bake_minutes": deployment.bake_minutes} if deployment.strategy != "rolling" else {}
    if deployment.strategy in ("canary", "linear"):
        watched["step_minutes"] = deployment.step_minutes
    return ((f"deployment.{key}", minutes) for key, minutes in watched.items() if minutes < ALARM_MINUTES)


def _encryption(environment: Environment) -> Iterator[Problem]:
    if environment.end_to_end and environment.certificate_domain is None:
        yield Problem("certificate_domain", 'encryption = "end_to_end" needs the domain that is on the ALB\'s certificate; add the key.')
    if not environment.end_to_end and environment.certificate_domain is not None:
        yield Problem("certificate_domain", 'it is used only with encryption = "end_to_end"; remove it, or set that.')


def _account(environment: Environment) -> Iterator[Problem]:
    account = environment.account
    if account.github_repository is not None and not account.github_environment_refs:
        yield Problem("account.github_environment_refs", "no branch or tag may deploy; name one, such as refs/heads/main.")
    subjects = sum(len(f'"{text}",') for text in (*github.subjects(environment), *github.refs(environment)))
    if subjects > LONGEST_SUBJECTS:
        yield Problem(
            "account.github_refs",
            f"with these the deploy role's trust would be longer than IAM's 2,048 characters; name fewer, such as ref:refs/tags/v*, "
            f"{subjects - LONGEST_SUBJECTS} characters less.",
        )
    lists = {
        "account.github_environment_refs": account.github_environment_refs,
        "account.github_refs": account.github_refs,
        "account.image_pull_accounts": account.image_pull_accounts,
        "api.cors_origins": environment.api.cors_origins,
    }
    for key, values in lists.items():
        if len(set(values)) < len(values):
            yield Problem(key, "something is named twice; name it once.")
    if account.oidc_provider_arn is not None and account.github_repository is None:
        yield Problem("account.oidc_provider_arn", "it is used only with account.github_repository; add that key or remove this one.")


def _production(environment: Environment) -> Iterator[Problem]:
    if not environment.production:
        return
    database, remedy = environment.database, "or remove production = true"
    if not database.multi_zone:
        yield Problem("database.multi_zone", f"production keeps a standby in another zone; set it to true, {remedy}.")
    if not database.deletion_protection:
        yield Problem("database.deletion_protection", f"production protects its database; set it to true, {remedy}.")
    if database.backup_days < 7:
        yield Problem("database.backup_days", f"production keeps backups for 7 days or more; raise it, {remedy}.")
    if environment.service.min_tasks < 2:
        yield Problem("service.min_tasks", f"production survives the loss of a task: set it to 2 or more, {remedy}.")
    if environment.network.endpoint_zones == "one":
        yield Problem("network.endpoint_zones", f'production survives the loss of a zone; set it to "all", {remedy}.')
    if environment.service.spot_percent == 100:
        yield Problem("service.spot_percent", f"Spot tasks can all be taken away at once; lower it, {remedy}.")
