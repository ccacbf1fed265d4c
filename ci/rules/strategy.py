"""The deployment strategy is the settings', with the configuration that it requires and no other's.

Blue/green, canary and linear need two target groups, the rule between them and a role that may move it; rolling must have none of these.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference, Resource
from ci.rules import Finding, shown

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-blue-green.html"
REMEDY = "Change deployment.strategy in environments/, from which it is rendered."

STEPS = {"CANARY": ("CanaryPercent", "CanaryBakeTimeInMinutes"), "LINEAR": ("StepPercent", "StepBakeTimeInMinutes")}
ADVANCED = ("LoadBalancers", 0, "AdvancedConfiguration")
# The two change places with each deployment.
ALIKE = ("Port", "Protocol", "TargetType", "HealthCheckPath", "Matcher", "TargetGroupAttributes")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare strategy, its own settings, and the second target group; what has no load balancer is replaced task by task."""
    for service in deployment.of("AWS::ECS::Service"):
        found = service.get("DeploymentConfiguration", default={})
        strategy = found.get("Strategy", "ROLLING")
        if service.get("LoadBalancers") and strategy != deployment.environment.deployment.strategy.upper():
            yield Finding(service, f"is deployed {strategy}, against deployment.strategy = {deployment.environment.deployment.strategy}.")
        if service.get("DeploymentController", "Type", default="ECS") != "ECS":
            yield Finding(service, "is not deployed by ECS itself.")
        if service.get("PlatformVersion", default="LATEST") != "LATEST":
            yield Finding(service, "is held at an old version of Fargate, which gets no security fixes.")
        yield from (Finding(service, end) for end in (*_steps(strategy, found), *_replaces(deployment, service, found)))
        two = service.get(*ADVANCED)
        if (two is None) is not (strategy == "ROLLING"):
            yield Finding(service, f"has a second target group, or lacks one, against {strategy}.")
        elif two is not None:
            yield from _two_versions(service)


def _steps(strategy: str, found: dict[str, object]) -> Iterator[str]:
    for name, keys in STEPS.items():
        steps = found.get(f"{name.capitalize()}Configuration")
        if (steps is not None) is not (name == strategy) or (isinstance(steps, dict) and steps.keys() != set(keys)):
            yield f"does not have the steps of {strategy}: {shown(steps)}."
        # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CanaryConfiguration.html
        elif isinstance(steps, dict) and not 0 < float(steps[keys[0]]) <= 100:
            yield f"moves {steps[keys[0]]} % of the requests in a step."
    if strategy != "ROLLING" and "DeploymentCircuitBreaker" in found:
        yield "has a circuit breaker, which is documented for rolling alone."


def _replaces(deployment: Deployment, service: Resource, found: dict[str, object]) -> Iterator[str]:
    if int(str(found.get("MinimumHealthyPercent", 100))) < 100 and service.get("LoadBalancers"):
        yield "stops old tasks before the new ones answer."
    if int(str(found.get("MaximumPercent", 200))) <= 100 <= int(str(found.get("MinimumHealthyPercent", 100))):
        yield "has neither room for a new task beside the old ones, nor may it stop one of these first."
    minutes, settings = found.get("BakeTimeInMinutes"), deployment.environment.deployment
    # Under rolling nothing is kept beside the new tasks: any value, even 0, makes CloudFormation wait for up to 36 hours instead of 3.
    if service.get("LoadBalancers") and minutes != (settings.bake_minutes if found.get("Strategy", "ROLLING") != "ROLLING" else None):
        yield f"keeps the old version ready for {shown(minutes)} minutes, against deployment.bake_minutes = {settings.bake_minutes}."


def _two_versions(service: Resource) -> Iterator[Finding]:
    rule = service.target(*ADVANCED, "ProductionListenerRule")
    live, following = service.target("LoadBalancers", 0, "TargetGroupArn"), service.target(*ADVANCED, "AlternateTargetGroupArn")
    between = [value.resource for value in rule.values("Actions.ForwardConfig.TargetGroups.TargetGroupArn") if isinstance(value, Reference)]
    if [live, following] != between:
        yield Finding(service, "moves between other target groups than the rule forwards to.")
    if any(live.get(name) != following.get(name) for name in ALIKE):
        yield Finding(following, f"differs from {live.label}: the two change places with each deployment.")
