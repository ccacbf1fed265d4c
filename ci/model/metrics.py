"""What alarms and dashboards ask CloudWatch for, beside what AWS publishes of the resources here."""

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ci.model.arns import own_name
from ci.model.deployment import Deployment
from ci.model.resource import Reference, Resource
from ci.model.values import text
from facts.kinds import Metrics

COMPARES: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}
# Far above every threshold.
HIGH = 1e15


class Asked(NamedTuple):
    """A metric that somebody asks for, by the dimensions under which it is looked up."""

    namespace: str
    name: str
    dimensions: Mapping[str, Any]
    # Within an alarm, what expressions call it, and the rest of what is asked.
    id: str = ""
    statistic: str = ""
    period: int = 60
    unit: str | None = None


class Unknown(Exception):
    """An expression has a part of which nothing is said here."""


def asked(alarm: Resource) -> list[Asked]:
    """The metrics that an alarm looks at."""
    if alarm.get("MetricName") is not None:
        statistic = alarm.get("Statistic") or alarm.get("ExtendedStatistic", default="")
        return [_asked(alarm.properties, str(statistic), int(alarm.get("Period", default=60)), "value", alarm.get("Unit"))]
    stats = [(query.get("Id", ""), query["MetricStat"]) for query in alarm.need("Metrics") if "MetricStat" in query]
    return [_asked(stat["Metric"], str(stat.get("Stat")), int(stat.get("Period", 60)), each, stat.get("Unit")) for each, stat in stats]


def _asked(metric: Mapping[str, Any], statistic: str, period: int, identifier: str, unit: str | None) -> Asked:
    dimensions = {each.get("Name"): each.get("Value") for each in metric.get("Dimensions", [])}
    return Asked(str(metric.get("Namespace")), str(metric.get("MetricName")), dimensions, identifier, statistic, period, unit)


def published(deployment: Deployment, metric: Asked) -> tuple[Metrics | None, str]:
    """What is known of a metric, and what is wrong with how it is asked for: empty where nothing is."""
    known, wrong = _known(deployment), ""
    spaces = {of.namespace for _, of in known}
    alike = [
        (resource, of)
        for resource, of in known
        if of.namespace == metric.namespace and metric.dimensions.keys() == of.dimensions.keys() | of.others.keys()
    ]
    named = [(resource, of) for resource, of in alike if metric.name in of.names]
    own = next((pair for pair in named if _dimensioned(*pair, metric)), None)
    if own:
        return own[1], _misplaced(deployment, *own, metric)
    if named:
        wrong = f"{metric.name} by {_listed(metric.dimensions)}, which is no {named[0][0].type} of these templates"
    elif alike:
        wrong = f"{metric.name}, which AWS does not publish of {alike[0][0].type}"
    elif metric.namespace in spaces:
        wrong = f"{metric.name} by {_listed(metric.dimensions)}, under which AWS publishes nothing in {metric.namespace}"
    elif metric.namespace.partition("/")[0] in {space.partition("/")[0] for space in spaces}:
        # In other namespaces the application may publish its own.
        wrong = f"{metric.namespace}, in which AWS publishes nothing of these resources"
    return None, wrong


def _dimensioned(resource: Resource, of: Metrics, metric: Asked) -> bool:
    return all(_is(resource, attribute, metric.dimensions[name]) for name, attribute in of.dimensions.items())


def _misplaced(deployment: Deployment, resource: Resource, of: Metrics, metric: Asked) -> str:
    """What is wrong though the metric is the resource's: dimensions of others, or that it is not published."""
    for name, (kind, attribute) in of.others.items():
        if not any(_is(other, attribute, metric.dimensions[name]) for other in _joined(deployment, resource, kind)):
            return f"{metric.name} by {name} = {metric.dimensions[name]}, which has nothing to do with {resource.label}"
    if of.when is not None and not of.when.holds(resource):
        return f"{metric.name}, which AWS publishes only where {of.when.path} is {' or '.join(map(str, of.when.values))}"
    return ""


def _known(deployment: Deployment) -> list[tuple[Resource, Metrics]]:
    if "metrics" not in deployment.derived:
        deployment.derived["metrics"] = [(resource, each) for resource, found in deployment.with_facts("metrics") for each in found]
    known: list[tuple[Resource, Metrics]] = deployment.derived["metrics"]
    return known


def _is(resource: Resource, attribute: str, value: Any) -> bool:
    """Whether a value is this attribute of the resource, or the name that its template gives it."""
    if attribute.startswith("."):
        return [value] == resource.values(attribute[1:])
    before, braced, rest = attribute.partition("{")
    inside, _, behind = rest.partition("}")
    own, known = own_name(resource), Reference(resource, inside if braced else attribute)
    return value == text([before if braced else "", known, behind]) or (
        own is not None and value == text([before if braced else "", own, behind])
    )


def _joined(deployment: Deployment, resource: Resource, kind: str) -> Iterator[Resource]:
    """The resources of a type that this one has to do with: one refers to the other, or to it leads what refers to that one."""
    for other in deployment.of(kind):
        users = deployment.users(other)
        if resource in users or other in deployment.users(resource) or any(resource in _used(deployment, user) for user in users):
            yield other


def _used(deployment: Deployment, resource: Resource) -> set[Resource]:
    """What a resource refers to, and what those refer to that refer to it."""
    return deployment.uses(resource) | {used for user in deployment.users(resource) for used in deployment.uses(user)}


def _listed(dimensions: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in dimensions.items()) or "no dimension"


# How an alarm's expression behaves.


def rings(alarm: Resource, values: Mapping[str, float]) -> bool:
    """Whether an alarm rings while its metrics have these values, by their ids; raises Unknown."""
    compare = COMPARES.get(str(alarm.get("ComparisonOperator")))
    if compare is None or alarm.get("Threshold") is None:
        raise Unknown
    if alarm.get("MetricName") is not None:
        return compare(values["value"], float(alarm.need("Threshold")))
    expressions = {query.get("Id"): query["Expression"] for query in alarm.need("Metrics") if "Expression" in query}
    shown = [query.get("Id") for query in alarm.need("Metrics") if query.get("ReturnData", True)]
    if len(shown) != 1:
        raise Unknown
    try:
        return compare(float(_value(shown[0], values, expressions)), float(alarm.need("Threshold")))
    except ZeroDivisionError:
        return False


def _value(name: str, values: Mapping[str, float], expressions: Mapping[str, str]) -> Any:
    if name in values:
        return values[name]
    if name not in expressions:
        raise Unknown
    text = expressions[name].replace("&&", " and ").replace("||", " or ")
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError:
        raise Unknown from None
    return _evaluated(tree, values, {other: text for other, text in expressions.items() if other != name})


OPERATORS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax-functions-list
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "ABS": abs,
    "AVG": lambda values: sum(values) / len(values),
    "IF": lambda condition, then, otherwise=0: then if condition else otherwise,
    "MAX": max,
    "MIN": min,
    "SUM": sum,
}


def _evaluated(node: ast.AST, values: Mapping[str, float], expressions: Mapping[str, str]) -> Any:
    def of(inner: ast.AST) -> Any:
        return _evaluated(inner, values, expressions)

    match node:
        case ast.Constant(value=int() | float() as value):
            found: Any = value
        case ast.Name(id=name):
            found = _value(name, values, expressions)
        case ast.List(elts=inner):
            found = [of(each) for each in inner]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            found = -of(operand)
        case ast.BinOp(left=left, op=kind, right=right) | ast.Compare(left=left, ops=[kind], comparators=[right]) if (
            type(kind) in OPERATORS
        ):
            found = OPERATORS[type(kind)](of(left), of(right))
        case ast.BoolOp(op=kind, values=inner):
            found = (all if isinstance(kind, ast.And) else any)(of(each) for each in inner)
        case ast.Call(func=ast.Name(id="FILL"), args=[first, _]):
            found = of(first)
        case ast.Call(func=ast.Name(id=name), args=inner) if name in FUNCTIONS:
            try:
                found = FUNCTIONS[name](*map(of, inner))
            except TypeError:
                raise Unknown from None
        case _:
            raise Unknown
    return found
