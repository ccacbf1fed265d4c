"""Each role trusts the services that take it on, for this account's own resources where AWS can tell, and nobody else.

A service acts for many customers, and could be made to act for another one (the confused deputy); where it sends no such condition keys, a
condition keeps the service itself out. Who takes on the roles that deploy is in the rule constitution.
"""

from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.model.arns import ACCOUNT, arns, filled
from ci.model.identity import Statement, trust
from ci.model.takers import takers
from ci.rules import Finding
from ci.rules.constitution import deploys
from facts.kinds import Role

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html"
REMEDY = "Write the trust with policies.trust, and hand the role to the service; what AWS supports is in the type's facts (Role)."

SOURCES = {"ArnEquals", "ArnLike", "StringEquals", "StringLike"}
EXACT = {"ArnEquals", "StringEquals"}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare each role's trust with whoever it is handed to."""
    taken = takers(deployment)
    for role in deployment.of("AWS::IAM::Role"):
        if deploys(role):
            continue
        wanted = {each.service for _, each in taken.get(role, [])}
        if not wanted:
            yield Finding(role, "is handed to no service here, so that nothing can say who should take it on.")
        found: set[str] = set()
        for statement in trust(deployment, role):
            services = statement.principals.get("Service", [])
            found.update(services)
            if statement.effect != "Allow" or statement.actions != ["sts:AssumeRole"] or statement.principals.keys() != {"Service"}:
                yield Finding(role, f"trusts {_who(statement)} with {', '.join(statement.actions)}, and not services alone.")
            for service in services:
                if service not in wanted:
                    yield Finding(role, f"trusts {service}, to which nothing here hands it.")
                else:
                    yield from _conditions(role, statement, service, _sources(deployment, taken[role], service))
        for service in sorted(wanted - found):
            yield Finding(role, f"does not trust {service}, to which {taken[role][0][0].label} hands it.")


def _sources(deployment: Deployment, taken: list[tuple[Resource, Role]], service: str) -> list[str]:
    """The ARNs for which a service takes a role on: as AWS documents it, and of what hands it on; none where it sends no such key."""
    handing = [(resource, role.source) for resource, role in taken if role.service == service and role.source]
    own = [each for resource, _ in handing for each in arns(deployment, resource)]
    return [*(filled(deployment.environment, source) for _, source in handing if source), *own] if handing else []


def _conditions(role: Resource, statement: Statement, service: str, sources: list[str]) -> Iterator[Finding]:
    given = [(operator, key, value) for operator, keys in statement.conditions.items() for key, values in keys.items() for value in values]
    if not sources:
        if given:
            yield Finding(role, f"asks {service} for {given[0][1]}, which it does not send: it could never take the role on.")
        return
    for operator, key, value in given:
        by_account = (operator, key, value) == ("StringEquals", "aws:SourceAccount", ACCOUNT)
        by_source = key == "aws:SourceArn" and operator in SOURCES and value in sources and not (operator in EXACT and "*" in value)
        if not (by_account or by_source):
            yield Finding(role, f"asks {service} for {operator} {key} {value}, which keeps it out or lets others in.")
    if not {key for _, key, _ in given} & {"aws:SourceAccount", "aws:SourceArn"}:
        yield Finding(role, f"trusts {service} for anybody's resources: it lacks aws:SourceAccount, and aws:SourceArn {sources[0]}.")


def _who(statement: Statement) -> str:
    return ", ".join(f"{kind} {each}" for kind, several in statement.principals.items() for each in several) or "nobody"
