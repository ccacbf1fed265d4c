"""The rule in front of the tasks is the same under every setting: all paths, all weight on blue, none on green.

ECS rewrites the weights while it deploys. If the template's rule ever changed, CloudFormation would set them back, perhaps to a target
group without tasks (aws-cdk 36649, containers-roadmap 2853).
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-implementation.html"
REMEDY = "Leave the rule as it was first deployed; a rule on a header or host would also stop the NLB's health check."

CONDITIONS = [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}]
WEIGHTS = [100, 0]


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare the one rule with the one that it has always been."""
    rule = deployment.only("AWS::ElasticLoadBalancingV2::ListenerRule")
    if rule.target("ListenerArn").target("LoadBalancerArn").get("Type") != "application":
        yield Finding(rule, "is not a rule of the ALB's listener.")
    actions = rule.need("Actions")
    groups = rule.get("Actions", 0, "ForwardConfig", "TargetGroups", default=[])
    if rule.get("Conditions") != CONDITIONS or rule.get("Priority") != 1:
        yield Finding(rule, "is not the rule of priority 1 for the path /*.")
    if len(actions) != 1 or actions[0].get("Type") != "forward" or set(actions[0]) != {"Type", "ForwardConfig"}:
        yield Finding(rule, "does not forward alone.")
    if [group.get("Weight") for group in groups] != WEIGHTS or set(actions[0].get("ForwardConfig", {})) != {"TargetGroups"}:
        yield Finding(rule, f"does not have the weights {WEIGHTS}.")
        return
    live, other = (rule.target("Actions", 0, "ForwardConfig", "TargetGroups", index, "TargetGroupArn") for index in (0, 1))
    if other.get("TargetType") != "ip":
        yield Finding(rule, f"keeps {other.label} for the other version, which takes no tasks.")
    for service in deployment.of("AWS::ECS::Service"):
        if service.target("LoadBalancers", 0, "TargetGroupArn") is not live:
            yield Finding(rule, f"gives its weight to {live.label}, which is not the first target group of the service.")
        if other is live:
            yield Finding(rule, "forwards to one target group twice.")
