"""What the web ACL blocks can be seen and read, without callers' secrets.

A false alarm of the ACL is a caller who cannot work, and cannot tell why.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.model.arns import ACCOUNT
from ci.model.resource import Reference
from ci.model.values import Text
from ci.rules import Finding, compare

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html"
REMEDY = "Leave metrics and log to templates/layers/api/waf.py."

REDACTED = {"authorization", "x-api-key"}
# Without a filter everything is logged, which costs more.
FILTER = {
    "DefaultBehavior": "DROP",
    "Filters": [
        {
            "Behavior": "KEEP",
            "Requirement": "MEETS_ANY",
            "Conditions": [{"ActionCondition": {"Action": action}} for action in ("BLOCK", "COUNT")],
        }
    ],
}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at metrics, and at the log's destination, filter and redaction."""
    environment = deployment.environment
    if not environment.api.waf:
        return
    acl, logging = deployment.only("AWS::WAFv2::WebACL"), deployment.only("AWS::WAFv2::LoggingConfiguration")
    seen = {"CloudWatchMetricsEnabled": True, "SampledRequestsEnabled": True}
    for part in (acl.properties, *acl.need("Rules")):
        visibility = part.get("VisibilityConfig", {})
        if any(visibility.get(name) is not value for name, value in seen.items()) or not visibility.get("MetricName"):
            yield Finding(acl, "blocks without a metric and samples, so that nobody sees whom.")
    [destination] = logging.need("LogDestinationConfigs")
    group = next((part.resource for part in getattr(destination, "parts", ()) if isinstance(part, Reference)), None)
    prefix = f"arn:aws:logs:{environment.region}:{ACCOUNT}:log-group:"
    if logging.get("ResourceArn") != Reference(acl, "Arn") or group is None or destination != Text((prefix, Reference(group))):
        yield Finding(logging, "does not log what the ACL blocks.")
    elif not str(group.get("LogGroupName")).startswith("aws-waf-logs-"):
        yield Finding(group, "has a name to which AWS WAF does not log: aws-waf-logs-...")
    if {field.get("SingleHeader", {}).get("Name") for field in logging.get("RedactedFields", default=[])} != REDACTED:
        yield Finding(logging, f"writes callers' secrets down: {', '.join(sorted(REDACTED))}.")
    if "LoggingFilter" in logging.properties:
        yield from compare(logging, "LoggingFilter", logging.get("LoggingFilter"), FILTER, "what was blocked is logged, and that alone")
