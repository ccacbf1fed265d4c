"""A version that does not work is called off within minutes, by the circuit breaker or by alarms.

Otherwise a bad image holds a stack's update for three hours (containers-roadmap 1303).
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Expected, Finding, expect

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html"
REMEDY = "Switch on the circuit breaker (rolling) and the rollback alarms, and keep health checks quick."

SERVICE = "AWS::ECS::Service"
GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
MINUTE = 60
# Minutes in which a first version must have started.
START = 60
# What ECS takes. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
RANGES = {"Interval": range(5, 301), "Retries": range(2, 11), "StartPeriod": range(301), "Timeout": range(2, 61)}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at what ends a failing deployment, and at how soon health checks tell of it."""
    configuration = "DeploymentConfiguration"
    alarms = [
        Expected(SERVICE, (configuration, "Alarms", switch), True, "an alarm does not call the deployment off")
        for switch in ("Enable", "Rollback")
    ]
    yield from expect(deployment, *alarms)
    breaker = [
        Expected(SERVICE, (configuration, "DeploymentCircuitBreaker", switch), True, "tasks that fail to start are started for hours")
        for switch in ("Enable", "Rollback")
    ]
    for service in deployment.of(SERVICE):
        if service.get(configuration, "Strategy", default="ROLLING") == "ROLLING":
            yield from expect(deployment, *breaker)
        stack = service.template.stack
        planned = deployment.environment.deployment.minutes
        if stack is None or not planned + START <= int(stack.get("TimeoutInMinutes", default=0)) <= planned + 2 * START:
            sentence = f"has no TimeoutInMinutes of {START} to {2 * START} beyond what the strategy plans: a first creation that fails "
            yield Finding(stack or service, f"{sentence}has no end of its own, or one that is fine is called off.")
    for stack in deployment.of("AWS::CloudFormation::Stack"):
        if "TimeoutInMinutes" in stack.properties and stack not in {service.template.stack for service in deployment.of(SERVICE)}:
            yield Finding(stack, "has a TimeoutInMinutes, which calls off a creation that is only slow.")
    for group in deployment.of(GROUP):
        seconds = int(group.get("HealthCheckIntervalSeconds", default=30)) * int(group.get("UnhealthyThresholdCount", default=2))
        if seconds > MINUTE:
            yield Finding(group, f"takes {seconds} s to find a target unhealthy; {MINUTE} are enough.")
    for definition in deployment.of("AWS::ECS::TaskDefinition"):
        for container in definition.need("ContainerDefinitions"):
            health = container.get("HealthCheck", {})
            seconds = health.get("Interval", 30) * health.get("Retries", 3)
            if health.get("Timeout", 5) >= health.get("Interval", 30) or not 0 <= health.get("StartPeriod", 0) <= MINUTE:
                yield Finding(definition, f"waits too long for the health of {container.get('Name')}.")
            if any(value not in RANGES[name] for name, value in health.items() if name in RANGES):
                yield Finding(
                    definition, f"asks for the health of {container.get('Name')} in a way that ECS refuses, or that one slow answer fails."
                )
            if container.get("Essential", True) and not (health.get("Command") and seconds <= MINUTE):
                yield Finding(definition, f"has no health check within {MINUTE} s for the container {container.get('Name')}.")
