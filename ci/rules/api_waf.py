"""The web ACL stands in front of the stage, with AWS's managed rules and a rate limit that block.

An ACL that is not associated, or that counts where it should block, filters nothing.
"""

from collections.abc import Iterator

from ci.model import Deployment
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
# It would refuse bodies above 8 KB, before the service, which has a limit of its own, can say why.
COUNTED = [{"Name": "SizeRestrictions_BODY", "ActionToUse": {"Count": {}}}]


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at the association and the rules."""
    environment = deployment.environment
    if not environment.api.waf:
        return
    acl, stage = deployment.only("AWS::WAFv2::WebACL"), deployment.only("AWS::ApiGateway::Stage")
    link = deployment.only("AWS::WAFv2::WebACLAssociation")
    api = stage.target("RestApiId")
    path = f"arn:aws:apigateway:{environment.region}::/restapis/"
    if link.get("WebACLArn") != Reference(acl, "Arn") or link.get("ResourceArn") != Text(
        (path, Reference(api), "/stages/", Reference(stage))
    ):
        yield Finding(link, "does not put the ACL in front of the stage.")
    rules = acl.need("Rules")
    groups = [rule.get("Statement", {}).get("ManagedRuleGroupStatement", {}) for rule in rules]
    if not {group.get("Name") for group in groups if group.get("VendorName") == "AWS"} >= MANAGED or any(
        map(_weakened, filter(None, groups))
    ):
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
    if len({rule.get("Name") for rule in rules} - {None}) != len(rules):
        yield Finding(acl, "has a rule without a name, or two of one.")


def _weakened(group: dict[str, object]) -> bool:
    wanted = COUNTED if group.get("Name") == "AWSManagedRulesCommonRuleSet" else None
    return group.get("RuleActionOverrides") != wanted or "ExcludedRules" in group or "ScopeDownStatement" in group
