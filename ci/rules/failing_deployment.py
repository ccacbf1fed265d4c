"""A version that does not work is called off within minutes, by the circuit breaker or by alarms, and a creation that is only slow is not.

Otherwise a bad image holds a stack's update for three hours (containers-roadmap 1303).
"""

from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html"
REMEDY = "Switch on the circuit breaker (rolling) and the rollback alarms, and keep health checks quick."

CONFIGURATION = "DeploymentConfiguration"
MINUTE, HOUR = 60, 60
# So long CloudFormation waits for a service of its own accord.
LONGEST = 36 * HOUR
# What ECS takes. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
RANGES = {"Interval": range(5, 301), "Retries": range(1, 11), "StartPeriod": range(301), "Timeout": range(2, 61)}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at what ends a failing deployment, and at how soon health checks tell of it."""
    for service in deployment.of("AWS::ECS::Service"):
        strategy = service.get(CONFIGURATION, "Strategy", default="ROLLING")
        ends = ["Alarms"] if service.get("LoadBalancers") else []
        ends += ["DeploymentCircuitBreaker"] if strategy == "ROLLING" else []
        for end in ends:
            for switch in ("Enable", "Rollback"):
                if service.get(CONFIGURATION, end, switch) is not True:
                    yield Finding(
                        service, f"has {CONFIGURATION}.{end}.{switch} = {service.get(CONFIGURATION, end, switch)}: nothing calls it off."
                    )
        yield from _container(service)
    yield from _creation(deployment)
    for group in deployment.of("AWS::ElasticLoadBalancingV2::TargetGroup"):
        seconds = int(group.get("HealthCheckIntervalSeconds", default=30)) * int(group.get("UnhealthyThresholdCount", default=2))
        if seconds > MINUTE:
            yield Finding(group, f"takes {seconds} s to find a target unhealthy; {MINUTE} are enough.")


def _container(service: Resource) -> Iterator[Finding]:
    """Of the container that answers: only a check in it tells a task that is broken from one that nobody asks."""
    answering = set(service.values("LoadBalancers.ContainerName"))
    definition = service.target("TaskDefinition")
    for container in definition.need("ContainerDefinitions"):
        health, name = container.get("HealthCheck", {}), container.get("Name")
        interval, timeout = health.get("Interval", 30), health.get("Timeout", 5)
        if name in answering and not (health.get("Command") and interval * health.get("Retries", 3) <= MINUTE):
            yield Finding(definition, f"has no health check within {MINUTE} s for the container {name}.")
        for key, value in health.items():
            if key in RANGES and value not in RANGES[key]:
                yield Finding(definition, f"has a health check of {name} with {key} = {value}, which ECS refuses.")
        if health and timeout >= interval:
            yield Finding(definition, f"asks for the health of {name} again before the last answer can be there.")
        if health.get("StartPeriod", 0) > MINUTE:
            yield Finding(definition, f"waits too long for the health of {name}.")


def _creation(deployment: Deployment) -> Iterator[Finding]:
    """A stack's TimeoutInMinutes: an end where the first tasks may never start, and never one that the resources may take."""
    serving = {service.template.stack for service in deployment.of("AWS::ECS::Service") if service.get("LoadBalancers")}
    for stack in deployment.of("AWS::CloudFormation::Stack"):
        minutes = stack.get("TimeoutInMinutes")
        least = HOUR + (deployment.environment.deployment.minutes if stack in serving else 0)
        if stack in serving and (minutes is None or int(minutes) > LONGEST):
            yield Finding(stack, "has no TimeoutInMinutes of less than 36 hours: a first creation that fails has no end of its own.")
        if minutes is not None and int(minutes) < least:
            yield Finding(stack, f"has a TimeoutInMinutes of {minutes}, less than {least:g}: it calls off a creation that is only slow.")
