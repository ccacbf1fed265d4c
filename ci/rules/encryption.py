"""Every connection is encrypted as declared: to the gateway, to data and to AWS always, under end_to_end every other one too.

Each one's encryption is derived from what answers at its end, by the facts of its type (ci/model/connections.py).
"""

from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.model.connections import connections
from ci.rules import Finding, stated

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/protecting-data-in-transit.html"
REMEDY = "Next: switch TLS on where the connection ends, or declare encryption = edge."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare each end of each connection with the settings, and ask whatever answers by itself, reached or not."""
    seen: set[Resource] = set()
    for connection in connections(deployment):
        wanted = connection.always or deployment.environment.end_to_end
        name = f"from {connection.source} to {connection.target}"
        if not connection.ends:
            yield Finding(None, f"Nothing says how the connection {name} is encrypted.")
        for where, tls in connection.ends:
            if tls is not wanted and where not in seen:
                seen.add(where)
                does = "leaves" if wanted else "encrypts"
                why = f" without TLS, or with an old one{_because(where)}" if wanted else ", which nothing behind it expects"
                yield Finding(where, f"{does} the connection {name}{why}.")
    for resource, answers in deployment.with_facts("answers"):
        for each in answers:
            if (
                not each.hop
                and resource not in seen
                and not (each.always_tls or (each.tls and all(fact.holds(resource) for fact in each.tls)))
            ):
                yield Finding(resource, f"answers without TLS, or with an old one{_because(resource)}.")


def _because(resource: Resource) -> str:
    """The properties that make it so, as the end of a sentence."""
    facts = [fact for answers in resource.facts.answers for fact in answers.tls if not fact.holds(resource)]
    return "".join(f": it {stated(resource, fact)}" for fact in facts[:1])
