"""What AWS's pages say, as it was recorded: principals, metrics, interruptions; and what properties refer to."""

from collections.abc import Iterator

from ci.generators.references import authorization_reference, registered, schema
from facts.kinds import Facts
from tests.facts.checks.recorded import recorded
from tests.facts.checks.schemas import node

# Handlers that ask for a service-linked role for features that no layer uses, or for a service whose first use they are not.
UNUSED_LINKS = {
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::Chatbot::SlackChannelConfiguration",
    "AWS::Cognito::UserPool",
    "AWS::Cognito::UserPoolClient",
    "AWS::EC2::FlowLog",
}
# Principals of which no page could be recorded: they rest on their source.
UNRECORDED = {
    "application-autoscaling.amazonaws.com",
    "budgets.amazonaws.com",
    "chatbot.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "s3.amazonaws.com",
}
# What RDS itself says of an instance, where CloudFormation's page says otherwise or nothing.
OF_RDS = {"CACertificateIdentifier", "Parameters", "Port"}


def principals(known: Facts) -> Iterator[str]:
    named = [*known.linked_roles, *(role.service for role in known.roles), *(each.principal for each in known.deliveries)]
    for principal in named:
        if principal not in recorded("principals") and principal not in UNRECORDED:
            yield f"{principal} is on none of AWS's pages that were recorded"
    handlers = registered(known.type).get("handlers", {})
    asks = any("iam:CreateServiceLinkedRole" in each["permissions"] for each in handlers.values())
    if asks and not known.linked_roles and known.type not in UNUSED_LINKS:
        yield "linked_roles: the handlers make one"
    for delivery in known.deliveries:
        for kind, actions in delivery.actions.items():
            if not registered(kind):
                yield f"deliveries: there is no type {kind}"
            for action in (*actions, *delivery.key_actions):
                service, _, name = action.partition(":")
                if name.lower() not in authorization_reference().get(service, {"Actions": {}})["Actions"]:
                    yield f"deliveries: there is no action {action}"


def metrics(known: Facts) -> Iterator[str]:
    for metrics in known.metrics:
        words = set(recorded("metrics").get(metrics.namespace, {"words": []})["words"])
        dimensions = {word for page in recorded("metrics").values() for word in page["words"]}
        if missing := (set(metrics.names) - words) | ({*metrics.dimensions, *metrics.others} - dimensions):
            yield f"metrics: {metrics.namespace} has no {sorted(missing)} on AWS's page"
        if not metrics.names or not metrics.dimensions:
            yield "metrics: there are no names or dimensions"
        for kind, attribute in metrics.others.values():
            if not _is_attribute(kind, attribute):
                yield f"metrics: {kind} has no {attribute}"


def _is_attribute(kind: str, attribute: str) -> bool:
    if not registered(kind):
        return False
    if attribute.startswith("."):
        return node(kind, attribute[1:]) is not None
    return attribute == "Ref" or attribute in schema(kind)["read_only"]


def referred(known: Facts) -> Iterator[str]:
    said = schema(known.type)["refers"]
    for path, (kind, attribute) in known.refers.items():
        if not _is_attribute(kind, attribute):
            yield f"refers: {kind} has no attribute {attribute}"
        if path in said and kind not in {of for of, _ in said[path]}:
            yield f"refers: by the schema {path} refers to {said[path]}"


def update(known: Facts) -> Iterator[str]:
    documented = recorded("interruptions").get(known.type, [])
    for each in known.interrupts:
        if each.property not in {*documented, *OF_RDS}:
            yield f"interrupts: AWS's page says no such thing of {each.property}"
    # What may replace the resource is no interruption alone.
    expected = set(documented) - set(schema(known.type)["maybe_create_only"])
    if missing := expected - {each.property for each in known.interrupts}:
        yield f"interrupts: AWS's page says it of {sorted(missing)} too"
