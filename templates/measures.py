"""What CloudWatch is asked for: a metric of a resource, by the dimensions under which AWS publishes it."""

from typing import Any, NamedTuple

from troposphere import AWSObject, GetAtt, Ref, Sub
from troposphere.cloudwatch import Metric, MetricDataQuery, MetricDimension, MetricStat

import facts

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
ABOVE, BELOW = "GreaterThanThreshold", "LessThanThreshold"


class Measure(NamedTuple):
    """A metric with the dimensions that pick one series, by the minute."""

    namespace: str
    name: str
    statistic: str
    dimensions: dict[str, Any]

    def query(self, identifier: str, *, shown: bool) -> MetricDataQuery:
        """The metric under an identifier that an expression may use."""
        dimensions = [MetricDimension(Name=name, Value=value) for name, value in self.dimensions.items()]
        metric = Metric(Namespace=self.namespace, MetricName=self.name, Dimensions=dimensions)
        return MetricDataQuery(Id=identifier, MetricStat=MetricStat(Metric=metric, Period=60, Stat=self.statistic), ReturnData=shown)


def measure(name: str, statistic: str, *resources: AWSObject, namespace: str | None = None, **dimensions: Any) -> Measure:
    """A metric of one resource, or of one seen from another: a target group's behind its load balancer.

    Each resource's dimension comes from the facts of its type, and so does the namespace, where its metrics have one alone;
    `dimensions` are those that another layer provides.
    """
    kinds = [(resource, metrics) for resource in resources for metrics in facts.of(str(resource.resource_type)).metrics]
    found = next((metrics for _, metrics in kinds if name in metrics.names and namespace in (None, metrics.namespace)), None)
    if found is None:
        types = ", ".join(str(resource.resource_type) for resource in resources)
        raise ValueError(f"AWS publishes no metric {name} of {types}, as the facts have it")
    own = {
        dimension: _value(resource, attribute)
        for resource, metrics in kinds
        if metrics.namespace == found.namespace
        for dimension, attribute in metrics.dimensions.items()
    }
    return Measure(found.namespace, name, statistic, dimensions | own)


def _value(resource: AWSObject, attribute: str) -> Any:
    if "{Ref}" in attribute:
        return Sub(attribute.replace("{Ref}", f"${{{resource.title}}}"))
    if attribute.startswith("."):
        return getattr(resource, attribute[1:])
    if attribute != "Ref":
        return GetAtt(resource, attribute)
    # By a name of its own a resource can be watched before it exists: what watches it need not wait for it.
    name = facts.of(str(resource.resource_type)).name
    own = getattr(resource, name.property, None) if name else None
    return own if isinstance(own, str) else Ref(resource)
