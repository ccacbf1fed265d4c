"""The web ACL stands in front of the stage, with AWS's managed rules and a rate limit that block.

An ACL that is not associated, or that counts where it should block, filters nothing.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.model.arns import ACCOUNT
from ci.model.values import Reference, Text
from ci.rules import Finding

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html"
REMEDY = "Leave the ACL to templates/api/waf.py, or set api.waf = false."

MANAGED = {
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesSQLiRuleSet",
}
REDACTED = {"authorization", "x-api-key"}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at the association, the rules and the log."""
    environment = deployment.environment
    if not environment.api.waf:
        return
    acl, stage = deployment.only("AWS::WAFv2::WebACL"), deployment.only("AWS::ApiGateway::Stage")
    link, logging = deployment.only("AWS::WAFv2::WebACLAssociation"), deployment.only("AWS::WAFv2::LoggingConfiguration")
    api = stage.target("RestApiId")
    path = f"arn:aws:apigateway:{environment.region}::/restapis/"
    if link.get("WebACLArn") != Reference(acl, "Arn") or link.get("ResourceArn") != Text(
        (path, Reference(api), "/stages/", Reference(stage))
    ):
        yield Finding(link, "does not put the ACL in front of the stage.")
    rules = acl.need("Rules")
    groups = [rule.get("Statement", {}).get("ManagedRuleGroupStatement", {}) for rule in rules]
    if not MANAGED <= {group.get("Name") for group in groups if group.get("VendorName") == "AWS"} or any(map(_weakened, groups)):
        yield Finding(acl, f"does not have AWS's rules, all of them: {', '.join(sorted(MANAGED))}.")
    rates = [rule for rule in rules if "RateBasedStatement" in rule.get("Statement", {})]
    limits = [rule["Statement"]["RateBasedStatement"] for rule in rates if rule.get("Action") == {"Block": {}}]
    wanted = {"AggregateKeyType": "IP", "EvaluationWindowSec": 300, "Limit": environment.api.waf_requests_per_5_minutes}
    if limits != [wanted]:
        yield Finding(acl, f"does not block an address after {wanted['Limit']} requests in five minutes.")
    if any(rule.get("OverrideAction") != {"None": {}} for rule in rules if rule not in rates):
        yield Finding(acl, "only counts what a managed rule would block.")
    if acl.get("Scope") != "REGIONAL" or acl.get("DefaultAction") != {"Allow": {}}:
        yield Finding(acl, "is not for a regional API, or blocks everybody.")
    priorities = [rule.get("Priority") for rule in rules]
    if len(set(priorities)) != len(priorities) or None in priorities:
        yield Finding(acl, "has two rules of one priority.")
    seen = {"CloudWatchMetricsEnabled": True, "SampledRequestsEnabled": True}
    for part in (acl.properties, *rules):
        visibility = part.get("VisibilityConfig", {})
        if any(visibility.get(name) is not value for name, value in seen.items()) or not visibility.get("MetricName"):
            yield Finding(acl, "blocks without a metric and samples, so that nobody sees whom.")
    if len({rule.get("Name") for rule in rules} - {None}) != len(rules):
        yield Finding(acl, "has a rule without a name, or two of one.")
    destination = logging.get("LogDestinationConfigs", 0)
    group = next((part.resource for part in getattr(destination, "parts", ()) if isinstance(part, Reference)), None)
    prefix = f"arn:aws:logs:{environment.region}:{ACCOUNT}:log-group:"
    if logging.get("ResourceArn") != Reference(acl, "Arn") or group is None or destination != Text((prefix, Reference(group))):
        yield Finding(logging, "does not log what the ACL blocks.")
    elif not str(group.get("LogGroupName")).startswith("aws-waf-logs-"):
        yield Finding(group, "has a name to which AWS WAF does not log: aws-waf-logs-...")
    if {field.get("SingleHeader", {}).get("Name") for field in logging.get("RedactedFields", default=[])} != REDACTED:
        yield Finding(logging, f"writes callers' secrets down: {', '.join(sorted(REDACTED))}.")
    filters = logging.get("LoggingFilter", "Filters", default=[])
    kept = {
        condition["ActionCondition"]["Action"] for each in filters for condition in each.get("Conditions", []) if each["Behavior"] == "KEEP"
    }
    if "LoggingFilter" in logging.properties and logging.get("LoggingFilter", "DefaultBehavior") not in ("DROP", "KEEP"):
        yield Finding(logging, "neither keeps nor drops what its filter does not match.")
    if "LoggingFilter" in logging.properties and (
        not kept >= {"BLOCK", "COUNT"} or any(each.get("Requirement") != "MEETS_ANY" for each in filters)
    ):
        yield Finding(logging, "drops what was blocked from the log.")


def _weakened(group: dict[str, object]) -> bool:
    return any(name in group for name in ("ExcludedRules", "RuleActionOverrides", "ScopeDownStatement"))
