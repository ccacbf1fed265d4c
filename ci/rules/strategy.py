"""The deployment strategy is the settings', with the configuration that it requires and no other's.

Blue/green, canary and linear need two target groups, the rule between them and a role that may move it; rolling must have none of these.
"""

from collections.abc import Iterator

from ci.model import Deployment, Resource
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-blue-green.html"
REMEDY = "Correct templates/layers/service/deployment.py, or deployment.strategy in environments/."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare strategy, its own settings, and the second target group."""
    settings = deployment.environment.deployment
    strategy = settings.strategy.upper()
    steps = {"Canary": ("CanaryPercent", "CanaryBakeTimeInMinutes"), "Linear": ("StepPercent", "StepBakeTimeInMinutes")}
    for service in deployment.of("AWS::ECS::Service"):
        configuration = service.need("DeploymentConfiguration")
        if configuration.get("Strategy") != strategy:
            yield Finding(service, f"is deployed {configuration.get('Strategy')}, not {strategy}.")
        for name, (percent, minutes) in steps.items():
            wanted = {percent: settings.step_percent, minutes: settings.step_minutes} if name.upper() == strategy else None
            if configuration.get(f"{name}Configuration") != wanted:
                yield Finding(service, f"does not have the {name}Configuration of {strategy}.")
        if strategy != "ROLLING" and "DeploymentCircuitBreaker" in configuration:
            yield Finding(service, "has a circuit breaker, which is documented for rolling alone.")
        if (configuration.get("MinimumHealthyPercent"), configuration.get("MaximumPercent")) != (100, 200):
            yield Finding(service, "does not keep all old tasks until the new ones answer (100 and 200 percent).")
        # Under rolling any value, even 0, makes CloudFormation wait for up to 36 hours instead of 3.
        if configuration.get("BakeTimeInMinutes") != (settings.bake_minutes if strategy != "ROLLING" else settings.bake_minutes or None):
            yield Finding(service, f"does not keep the old version ready for {settings.bake_minutes} minutes.")
        if service.get("DeploymentController", "Type", default="ECS") != "ECS":
            yield Finding(service, "is not deployed by ECS itself.")
        two = service.get("LoadBalancers", 0, "AdvancedConfiguration")
        if (two is None) is not (strategy == "ROLLING"):
            yield Finding(service, f"has a second target group, or lacks one, against {strategy}.")
        elif two is not None:
            yield from _two_versions(service)


def _two_versions(service: Resource) -> Iterator[Finding]:
    path = ("LoadBalancers", 0, "AdvancedConfiguration")
    rule = service.target(*path, "ProductionListenerRule")
    live, following = service.target("LoadBalancers", 0, "TargetGroupArn"), service.target(*path, "AlternateTargetGroupArn")
    groups = [rule.target("Actions", 0, "ForwardConfig", "TargetGroups", index, "TargetGroupArn") for index in (0, 1)]
    if [live, following] != groups:
        yield Finding(service, "moves between other target groups than the rule forwards to.")
    alike = ("Port", "Protocol", "TargetType", "HealthCheckPath", "Matcher", "TargetGroupAttributes")
    if any(live.get(name) != following.get(name) for name in alike):
        yield Finding(following, f"differs from {live.label}: the two change places with each deployment.")
