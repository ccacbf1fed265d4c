"""Time limits are in order: who waits longer stands further from the database, and a task outlives its last request.

The longest request fits into the time that a leaving task still gets, which ends before it is killed; the gateway gives up after both.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Finding
from templates import timeouts

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-connection-draining.html"
REMEDY = "Take times from templates/timeouts.py, where their order is explained."

FARGATE_STOP = 120


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare request, deregistration, stop, idle and gateway times."""
    delays = []
    for group in deployment.of("AWS::ElasticLoadBalancingV2::TargetGroup"):
        if group.get("TargetType") == "ip":
            delay = int(group.pairs("TargetGroupAttributes").get("deregistration_delay.timeout_seconds", 300))
            delays.append(delay)
            if delay < timeouts.REQUEST:
                yield Finding(group, f"lets a leaving task finish for {delay} s, but a request may take {timeouts.REQUEST} s.")
    for definition in deployment.of("AWS::ECS::TaskDefinition"):
        for container in definition.need("ContainerDefinitions"):
            stop = container.get("StopTimeout", 30)
            if container.get("Essential", True) and not max(delays, default=0) < stop <= FARGATE_STOP:
                yield Finding(definition, f"kills {container.get('Name')} after {stop} s: not between deregistration and {FARGATE_STOP} s.")
    for balancer in deployment.of("AWS::ElasticLoadBalancingV2::LoadBalancer"):
        if balancer.get("Type") == "application":
            idle = int(balancer.pairs("LoadBalancerAttributes").get("idle_timeout.timeout_seconds", 60))
            if idle != timeouts.ALB_IDLE:
                yield Finding(
                    balancer, f"closes idle connections after {idle} s; the service keeps them for longer than {timeouts.ALB_IDLE} s."
                )
    for method in deployment.of("AWS::ApiGateway::Method"):
        gateway = method.get("Integration", "TimeoutInMillis", default=29_000)
        if not timeouts.REQUEST * 1000 < gateway <= timeouts.GATEWAY * 1000:
            yield Finding(method, f"waits {gateway} ms for the service, whose longest request takes {timeouts.REQUEST} s.")
