"""Time limits are in order: who waits longer is further from the database, and a task outlives its last request.

The longest request fits into the time that a leaving task still gets, which ends before it is killed; the gateway gives up after both. An
idle connection is closed first by whoever would open the next one, so that no request is sent into one that was just closed.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.model.tasks import is_own, registrations
from ci.rules import Finding
from templates import timeouts

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-connection-draining.html"
REMEDY = "Next: take times from templates/timeouts.py and the contract (request_seconds, idle_seconds), where their order is explained."

FARGATE_STOP = 120
# What AWS takes where a time is not given.
DELAY, STOP, IDLE = 300, 30, 60


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare request, deregistration, stop, idle and gateway times."""
    contract = deployment.environment.contract
    for _, groups, definition, container, _ in registrations(deployment):
        if container is None or not is_own(deployment, container):
            continue
        delays = [int(group.pairs("TargetGroupAttributes").get("deregistration_delay.timeout_seconds", DELAY)) for group in groups]
        if min(delays) < contract.request_seconds:
            yield Finding(
                groups[0], f"lets a leaving task finish for {min(delays)} s, but a request may take {contract.request_seconds} s."
            )
        stop = container.get("StopTimeout", STOP)
        if not max(delays) < stop <= FARGATE_STOP:
            yield Finding(definition, f"kills {container.get('Name')} after {stop} s: not between deregistration and {FARGATE_STOP} s.")
    for balancer in deployment.of("AWS::ElasticLoadBalancingV2::LoadBalancer"):
        idle = int(balancer.pairs("LoadBalancerAttributes").get("idle_timeout.timeout_seconds", IDLE))
        if balancer.get("Type", default="application") == "application" and not contract.request_seconds < idle < contract.idle_seconds:
            yield Finding(
                balancer,
                f"closes idle connections after {idle} s; requests take {contract.request_seconds}, the service {contract.idle_seconds}.",
            )
    for method in deployment.of("AWS::ApiGateway::Method"):
        gateway = method.get("Integration", "TimeoutInMillis", default=timeouts.GATEWAY * 1000)
        if not contract.request_seconds * 1000 < gateway <= timeouts.GATEWAY * 1000:
            yield Finding(method, f"waits {gateway} ms for the service, whose longest request takes {contract.request_seconds} s.")
