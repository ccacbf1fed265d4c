"""What adopters add: legitimate additions are clean, and what can go wrong with them is found, by the facts of the types alone."""

import copy
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import msgspec
import pytest

from facts import endpoints, reference
from facts.kinds import Facts, Is, Metrics, Name
from tests.deployments import Templates, found, rendered, settings

ENVIRONMENT = "dev"
TOPIC = {"Fn::GetAtt": ["Notifications", "Outputs.TopicArn"]}
QUEUE_ARN = {"Fn::GetAtt": ["Queue", "Arn"]}
PATTERN = "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:awsome-books-dev-*"
BOUNDARY = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/awsome-books-dev-boundary"}
SENDS, OURS = "sqs:SendMessage", {"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}}

FACTS = {
    "AWS::SQS::Queue": Facts(
        type="AWS::SQS::Queue",
        source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html",
        arns=("sqs:{region}:{account}:{name}",),
        name=Name("QueueName", "region"),
        at_rest=(Is("SqsManagedSseEnabled", (True,), default=True),),
        metrics=(
            Metrics(
                "AWS/SQS",
                {"QueueName": "QueueName"},
                ("ApproximateAgeOfOldestMessage", "NumberOfMessagesSent"),
                counts=("NumberOfMessagesSent",),
            ),
        ),
        linked_roles=("queues.amazonaws.com",),
    ),
    "AWS::SQS::QueuePolicy": Facts(
        type="AWS::SQS::QueuePolicy",
        source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queuepolicy.html",
        policies=("PolicyDocument",),
        protects="Queues",
    ),
}
HANDLERS = {"AWS::SQS::Queue": ["sqs:CreateQueue", "sqs:DeleteQueue"], "AWS::SQS::QueuePolicy": ["sqs:SetQueueAttributes"]}

Change = Callable[[Templates], object]


@pytest.fixture(autouse=True)
def _facts_of_queues(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The types of SQS as an adopter would write them, with what `make golden` would generate."""
    module = ModuleType("facts.sqs")
    module.FACTS = FACTS  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "facts.sqs", module)
    known = reference.permissions()
    more = msgspec.structs.replace(known, resource_types={**known.resource_types, **HANDLERS})
    monkeypatch.setattr(reference, "permissions", lambda: more)
    assert endpoints.ENDPOINTS["sqs"] == ("sqs",)
    yield


def statement(actions: list[str], resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": [resource], **more}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def with_queue() -> Templates:
    """A queue that the service sends to: in the layer `service`, with the grant, the variable, the endpoint, and an alarm."""
    templates = rendered(ENVIRONMENT)
    service, bootstrap, api = (templates[name]["Resources"] for name in ("service", "bootstrap", "endpoints"))
    service["Queue"] = {"Type": "AWS::SQS::Queue", "Properties": {}}
    service["QueuePolicy"] = {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {
            "Queues": [{"Ref": "Queue"}],
            "PolicyDocument": policy(
                {
                    "Effect": "Deny",
                    "Action": [SENDS],
                    "Resource": [QUEUE_ARN],
                    "Principal": "*",
                    "Condition": {"Bool": {"aws:SecureTransport": False}},
                }
            ),
        },
    }
    service["QueueAlarm"] = alarm("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": {"Fn::GetAtt": ["Queue", "QueueName"]}}, 300)
    service["TaskRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"].append(statement([SENDS], QUEUE_ARN))
    for container in service["TaskDefinition"]["Properties"]["ContainerDefinitions"]:
        container["Environment"].append({"Name": "LOG_LEVEL_QUEUE", "Value": {"Ref": "Queue"}})
    bootstrap["Boundary"]["Properties"]["PolicyDocument"]["Statement"].append(statement([SENDS], {"Fn::Sub": PATTERN}))
    creates = [action for actions in HANDLERS.values() for action in actions]
    bootstrap["ExecutionPolicy1"]["Properties"]["PolicyDocument"]["Statement"].append(statement(creates, {"Fn::Sub": PATTERN}))
    for name, each in bootstrap.items():
        for one in each["Properties"].get("PolicyDocument", {}).get("Statement", []) if name.startswith("ExecutionPolicy") else []:
            if one["Action"] == ["iam:CreateServiceLinkedRole"]:
                one["Condition"]["StringLike"]["iam:AWSServiceName"].append("queues.amazonaws.com")
    api["SqsEndpoint"] = copy.deepcopy(api["LogsEndpoint"])
    api["SqsEndpoint"]["Properties"] |= {
        "ServiceName": "com.amazonaws.us-east-1.sqs",
        "PolicyDocument": policy(statement([SENDS], {"Fn::Sub": PATTERN}, Principal="*", Condition=OURS)),
    }
    return templates


def alarm(namespace: str, name: str, dimensions: dict[str, Any], threshold: float) -> dict[str, Any]:
    listed = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "Namespace": namespace,
            "MetricName": name,
            "Dimensions": listed,
            "Statistic": "Maximum",
            "Period": 60,
            "EvaluationPeriods": 5,
            "Threshold": threshold,
            "ComparisonOperator": "GreaterThanThreshold",
            "AlarmActions": [{"Ref": "TopicArn"}],
        },
    }


# What speaks of the contract, which the variable is not in, and of the registry's schemas, which `make golden` would fetch.
APART = {"contract", "reference-kinds"}


def judged(templates: Templates) -> dict[str, list[str]]:
    return {rule: said for rule, said in found(templates, settings(ENVIRONMENT)).items() if rule not in APART}


def test_a_queue_with_all_that_belongs_to_it_is_clean() -> None:
    assert judged(with_queue()) == {}


def at(template: str, title: str, *path: str | int) -> Callable[[Templates], Any]:
    """The value at a place of a resource's properties."""

    def value(templates: Templates) -> Any:
        node = templates[template]["Resources"][title]["Properties"]
        for step in path:
            node = node[step]
        return node

    return value


GRANT = at("service", "TaskRole", "Policies", 0, "PolicyDocument", "Statement", -1)
ENDPOINT = at("endpoints", "SqsEndpoint", "PolicyDocument", "Statement", 0)
LIMIT = at("bootstrap", "Boundary", "PolicyDocument", "Statement", -1)
CREATES = at("bootstrap", "ExecutionPolicy1", "PolicyDocument", "Statement", -1)
OPEN = statement([SENDS], QUEUE_ARN, Principal="*")
FAULTS: dict[str, tuple[Change, str, str]] = {
    "a queue open to everybody": (
        lambda raw: at("service", "QueuePolicy", "PolicyDocument", "Statement")(raw).append(OPEN),
        "resource-policies",
        "lets everybody do sqs:SendMessage",
    ),
    "another account": (
        lambda raw: at("service", "QueuePolicy", "PolicyDocument", "Statement")(raw).append(
            {**OPEN, "Principal": {"AWS": "arn:aws:iam::999999999999:root"}}
        ),
        "resource-policies",
        "who is in no account of the settings",
    ),
    "a service that delivers nothing": (
        lambda raw: at("service", "QueuePolicy", "PolicyDocument", "Statement")(raw).append(
            {**OPEN, "Principal": {"Service": "s3.amazonaws.com"}}
        ),
        "resource-policies",
        "which delivers nothing here",
    ),
    "all actions": (lambda raw: GRANT(raw).update(Action=["sqs:*"]), "policies", "sqs:*"),
    "all queues": (lambda raw: GRANT(raw).update(Resource=["*"]), "policies", "on every resource"),
    "all queues of the environment": (lambda raw: GRANT(raw).update(Resource=[{"Fn::Sub": PATTERN}]), "role-grants", "no one resource"),
    "the queue itself": (lambda raw: GRANT(raw)["Action"].append("sqs:DeleteQueue"), "role-grants", "which CloudFormation manages"),
    "no grant": (
        lambda raw: at("service", "TaskRole", "Policies", 0, "PolicyDocument", "Statement")(raw).pop(),
        "role-grants",
        "on which its role may call nothing",
    ),
    "no endpoint": (lambda raw: raw["endpoints"]["Resources"].pop("SqsEndpoint"), "endpoint-calls", "there is no endpoint for sqs"),
    "an endpoint for everybody": (lambda raw: ENDPOINT(raw).pop("Condition"), "endpoint-calls", "for other accounts"),
    "an endpoint that lets more through": (
        lambda raw: ENDPOINT(raw)["Action"].append("sqs:PurgeQueue"),
        "endpoint-calls",
        "nobody here calls",
    ),
    "an endpoint to all queues": (
        lambda raw: ENDPOINT(raw).update(Resource=["arn:aws:sqs:*:*:*"]),
        "endpoint-calls",
        "more than this environment's",
    ),
    "a boundary that cuts it off": (lambda raw: LIMIT(raw).update(Action=["sqs:ReceiveMessage"]), "boundary", "which the boundary denies"),
    "a boundary for all queues": (
        lambda raw: LIMIT(raw).update(Resource=["arn:aws:sqs:*:*:*"]),
        "boundary",
        "more than this environment's",
    ),
    "a role without a boundary": (
        lambda raw: raw["service"]["Resources"]["TaskRole"]["Properties"].pop("PermissionsBoundary"),
        "boundary",
        "does not carry the boundary",
    ),
    "a handler's action is missing": (lambda raw: CREATES(raw)["Action"].remove("sqs:CreateQueue"), "execution-role", "sqs:CreateQueue"),
    "handlers on other queues": (lambda raw: CREATES(raw).update(Resource=["arn:aws:sqs:*:*:*"]), "execution-role", "more than this"),
    "an action that nothing needs": (lambda raw: CREATES(raw)["Action"].append("sqs:PurgeQueue"), "execution-role", "nothing here needs"),
    "no service-linked role": (
        _unlinked := lambda raw: _linked(raw).remove("queues.amazonaws.com"),
        "roles-and-keys",
        "queues.amazonaws.com",
    ),
    "a metric that is not published": (lambda raw: at("service", "QueueAlarm")(raw).update(MetricName="Age"), "alarms", "does not publish"),
    "another queue's alarm": (
        lambda raw: at("service", "QueueAlarm", "Dimensions", 0)(raw).update(Value="other"),
        "alarms",
        "no AWS::SQS::Queue",
    ),
    "an alarm by another dimension": (
        lambda raw: at("service", "QueueAlarm", "Dimensions", 0)(raw).update(Name="TopicName"),
        "alarms",
        "under which AWS publishes nothing",
    ),
    "an alarm that nobody hears": (lambda raw: at("service", "QueueAlarm")(raw).pop("AlarmActions"), "alarms", "notifies nobody"),
}


def _linked(templates: Templates) -> list[str]:
    for name, each in templates["bootstrap"]["Resources"].items():
        for one in each["Properties"].get("PolicyDocument", {}).get("Statement", []) if name.startswith("ExecutionPolicy") else []:
            if one["Action"] == ["iam:CreateServiceLinkedRole"]:
                services: list[str] = one["Condition"]["StringLike"]["iam:AWSServiceName"]
                return services
    raise AssertionError("no statement lets services make roles")


@pytest.mark.parametrize(("change", "rule", "says"), FAULTS.values(), ids=FAULTS)
def test_what_goes_wrong_with_it_is_found(change: Change, rule: str, says: str) -> None:
    templates = with_queue()
    change(templates)
    assert says in " ".join(judged(templates).get(rule, []))
