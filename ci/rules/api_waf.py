"""The web ACL stands in front of the stage, with AWS's managed rules and a rate limit that block.

An ACL that is not associated, or that counts where it should block, filters nothing.
"""

from collections.abc import Iterator
from typing import Any

from ci.model import Deployment
from ci.model.resource import Reference
from ci.model.values import Text
from ci.rules import Finding, shown

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html"
REMEDY = "Leave the ACL to templates/layers/api/waf.py, or set api.waf = false."

MANAGED = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesSQLiRuleSet",
)
# It would refuse bodies above 8 KB, before the service, which has a limit of its own, can say why.
COUNTED = {"AWSManagedRulesCommonRuleSet": {"RuleActionOverrides": [{"Name": "SizeRestrictions_BODY", "ActionToUse": {"Count": {}}}]}}
# What other rules look at.
ELSEWHERE = ("Name", "Priority", "VisibilityConfig")


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
    missing = _wanted(environment.api.waf_requests_per_5_minutes)
    for rule in rules:
        does = {name: value for name, value in rule.items() if name not in ELSEWHERE}
        if does in missing:
            missing.remove(does)
        else:
            yield Finding(acl, f"has a rule {rule.get('Name')} that does not block just what it should: {does}.")
    for does in missing:
        yield Finding(acl, f"has no rule that blocks by {shown(does['Statement'])}.")
    if acl.get("Scope") != "REGIONAL" or acl.get("DefaultAction") != {"Allow": {}}:
        yield Finding(acl, "is not for a regional API, or blocks everybody.")
    priorities = [rule.get("Priority") for rule in rules]
    if len(set(priorities)) != len(priorities) or None in priorities:
        yield Finding(acl, "has two rules of one priority.")
    if len({rule.get("Name") for rule in rules} - {None}) != len(rules):
        yield Finding(acl, "has a rule without a name, or two of one.")


def _wanted(limit: int) -> list[dict[str, Any]]:
    """The rules, whole: what is added to one takes away from what it blocks."""
    rate = {"AggregateKeyType": "IP", "EvaluationWindowSec": 300, "Limit": limit}
    groups = [{"VendorName": "AWS", "Name": name, **COUNTED.get(name, {})} for name in MANAGED]
    return [
        {"Action": {"Block": {}}, "Statement": {"RateBasedStatement": rate}},
        *({"OverrideAction": {"None": {}}, "Statement": {"ManagedRuleGroupStatement": group}} for group in groups),
    ]
