"""A web ACL is in front of what it is for, blocks by rules that block, and shows and writes down what it blocked without callers' secrets.

An ACL that is not associated, or that counts where it should block, filters nothing; a false alarm of it is a caller who cannot work.
"""

from collections.abc import Iterator
from typing import Any

from ci.model import Deployment, Reference, Resource
from ci.model.values import references
from ci.rules import Finding

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/waf/latest/developerguide/waf-managed-rule-groups.html"
REMEDY = "Let each rule block, or leave it out; override single rules of a group alone, with the reason."

SECRETS = {"authorization", "x-api-key"}
# https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
LOG_GROUP = "aws-waf-logs-"
# https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based-high-level-settings.html
LIMITS = range(10, 2_000_000_001)
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
MANAGED = {
    f"AWSManagedRules{name}"
    for name in (
        *("ACFPRuleSet", "ATPRuleSet", "AdminProtectionRuleSet", "AmazonIpReputationList", "AnonymousIpList", "AntiDDoSRuleSet"),
        *("BotControlRuleSet", "CommonRuleSet", "KnownBadInputsRuleSet", "LinuxRuleSet", "PHPRuleSet", "SQLiRuleSet", "UnixRuleSet"),
        *("WindowsRuleSet", "WordPressRuleSet"),
    )
}
# Of a managed group so many rules may be left to count.
COUNTED = 2


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at associations, rules and logs."""
    links = deployment.of("AWS::WAFv2::WebACLAssociation")
    for acl in deployment.of("AWS::WAFv2::WebACL"):
        if not any(link.get("WebACLArn") == Reference(acl, "Arn") for link in links):
            yield Finding(acl, "is in front of nothing.")
        if acl.get("DefaultAction") != {"Allow": {}} or acl.get("Scope") != "REGIONAL":
            yield Finding(acl, "blocks everybody, or is not for this region.")
        yield from (Finding(acl, end) for end in _rules(acl))
        for part in (acl.properties, *acl.need("Rules")):
            seen = part.get("VisibilityConfig", {})
            if not (seen.get("CloudWatchMetricsEnabled") and seen.get("SampledRequestsEnabled") and seen.get("MetricName")):
                yield Finding(acl, f"blocks by {part.get('Name', 'itself')} without a metric and samples, so that nobody sees whom.")
        if not any(log.get("ResourceArn") == Reference(acl, "Arn") for log in deployment.of("AWS::WAFv2::LoggingConfiguration")):
            yield Finding(acl, "writes down nothing of what it blocks.")
    for link in links:
        stages = [each.resource for each in references(link.get("ResourceArn")) if each.resource.type == "AWS::ApiGateway::Stage"]
        apis = [each.resource for each in references(link.get("ResourceArn")) if each.resource.type == "AWS::ApiGateway::RestApi"]
        arn = f"::/restapis/{Reference(apis[0])}/stages/{Reference(stages[0])}" if stages and apis else "nothing"
        if not str(link.get("ResourceArn")).endswith(arn) or stages[0].get("RestApiId") != Reference(apis[0]):
            yield Finding(link, f"leads to {link.get('ResourceArn')}, which is no stage of these templates.")
    for log in deployment.of("AWS::WAFv2::LoggingConfiguration"):
        yield from _log(log)


def _rules(acl: Resource) -> Iterator[str]:
    rules = acl.need("Rules")
    for name in ("Name", "Priority"):
        if len({str(rule.get(name)) for rule in rules} - {"None"}) != len(rules):
            yield f"has two rules of one {name}, or one without."
    kinds = {kind for rule in rules for kind in rule.get("Statement", {})}
    if missing := {"ManagedRuleGroupStatement", "RateBasedStatement"} - kinds:
        yield f"has no {' and no '.join(sorted(missing))}: it does not limit callers, or does not know bad requests."
    for rule in rules:
        yield from (f"has the rule {rule.get('Name')}, which {end}." for end in _blocks(rule))


def _blocks(rule: dict[str, Any]) -> Iterator[str]:
    statement = rule.get("Statement", {})
    managed = statement.get("ManagedRuleGroupStatement")
    if managed is not None:
        overrides = managed.get("RuleActionOverrides", [])
        if rule.get("OverrideAction") != {"None": {}} or "Action" in rule:
            yield "counts, where its group blocks"
        elif (managed.get("VendorName") == "AWS") is not (managed.get("Name") in MANAGED):
            yield f"is not one of AWS's groups: {managed.get('Name')}"
        elif managed.keys() & {"ExcludedRules", "ScopeDownStatement", "Version"}:
            yield "leaves out a part of its group, or holds it at a version that expires"
        elif len(overrides) > COUNTED or any("Allow" in each.get("ActionToUse", {}) for each in overrides):
            yield "overrides what its group blocks"
        return
    if not rule.keys() & {"Action", "OverrideAction"} or not statement:
        yield "does nothing"
    if (rate := statement.get("RateBasedStatement")) is not None:
        if rule.get("Action") != {"Block": {}} or rate.get("Limit") not in LIMITS or rate.keys() & {"ScopeDownStatement"}:
            yield "does not block whoever calls too often"
        if rate.get("AggregateKeyType") not in ("IP", "FORWARDED_IP", "CUSTOM_KEYS"):
            yield "does not tell callers apart"


def _log(log: Resource) -> Iterator[Finding]:
    groups = {each.resource for each in references(log.get("LogDestinationConfigs"))}
    for group in groups:
        if group.type == "AWS::Logs::LogGroup" and not str(group.get("LogGroupName")).startswith(LOG_GROUP):
            yield Finding(group, f"has a name to which AWS WAF does not log: {LOG_GROUP}...")
    for where in log.get("LogDestinationConfigs", default=[]):
        if not any(str(where).endswith(f":log-group:{each}") for each in references(where)):
            yield Finding(log, f"writes to {where}, which is no log group of these templates.")
    if missing := SECRETS - {str(each.get("SingleHeader", {}).get("Name")).lower() for each in log.get("RedactedFields", default=[])}:
        yield Finding(log, f"writes callers' secrets down: {', '.join(sorted(missing))}.")
    kept, dropped = (_filtered(log, behavior) for behavior in ("KEEP", "DROP"))
    if "BLOCK" in dropped or ("BLOCK" not in kept and log.get("LoggingFilter", "DefaultBehavior") == "DROP"):
        yield Finding(log, "leaves out what the ACL blocks.")


def _filtered(log: Resource, behavior: str) -> set[str]:
    """The actions that a log keeps, or drops, each by itself."""
    filters = [each for each in log.get("LoggingFilter", "Filters", default=[]) if each.get("Behavior") == behavior]
    conditions = [what for each in filters if each.get("Requirement") == "MEETS_ANY" for what in each.get("Conditions", [])]
    return {str(what.get("ActionCondition", {}).get("Action")) for what in conditions}
