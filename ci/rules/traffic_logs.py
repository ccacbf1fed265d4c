"""Who talked to whom is written down: by every network, and by every load balancer that reads requests.

After an incident it is the one record of what left the network, or tried to. Who may write there, the rule resource-policies says.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference, Resource
from ci.rules import Finding

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html"
REMEDY = "Next: leave flow logs to templates/layers/network.py, and give a load balancer the attributes of its access log."

ENABLED, BUCKET = "access_logs.s3.enabled", "access_logs.s3.bucket"


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look for the flow log of each network, and for the access log of each ALB."""
    logs = deployment.of("AWS::EC2::FlowLog")
    for vpc in deployment.of("AWS::EC2::VPC"):
        if not any(_records(log, vpc) for log in logs):
            yield Finding(vpc, "has no flow log that records all traffic to a place of these templates.")
    for log in logs:
        # In seconds. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html
        if log.get("MaxAggregationInterval", default=600) not in (60, 600):
            yield Finding(log, "collects for another time than the one or ten minutes that there are.")
    for balancer in deployment.of("AWS::ElasticLoadBalancingV2::LoadBalancer"):
        attributes = balancer.pairs("LoadBalancerAttributes")
        written = attributes.get(ENABLED) == "true" and isinstance(attributes.get(BUCKET), Reference)
        if balancer.get("Type", default="application") == "application" and not written:
            yield Finding(balancer, "writes no access log to a bucket of these templates.")


def _records(log: Resource, vpc: Resource) -> bool:
    place = "LogDestination" if log.get("LogDestinationType") == "s3" else "LogGroupName"
    what = (log.get("ResourceType"), log.get("ResourceId"), log.get("TrafficType"))
    known = log.get("LogDestinationType", default="cloud-watch-logs") in ("cloud-watch-logs", "s3")
    return what == ("VPC", Reference(vpc), "ALL") and known and isinstance(log.get(place), Reference)
