"""The web application firewall: AWS's managed rules, and a limit on the requests of one address."""

from typing import Any

from troposphere import GetAtt, Sub
from troposphere.logs import LogGroup
from troposphere.wafv2 import (
    ActionCondition,
    AllowAction,
    BlockAction,
    Condition,
    CountAction,
    DefaultAction,
    Filter,
    LoggingConfiguration,
    LoggingConfigurationFieldToMatch,
    LoggingFilter,
    ManagedRuleGroupStatement,
    OverrideAction,
    RateBasedStatement,
    RuleAction,
    RuleActionOverride,
    SingleHeader,
    Statement,
    VisibilityConfig,
    WebACL,
    WebACLAssociation,
    WebACLRule,
)

from templates import names
from templates.layer import Layer

# In order of price: what costs least to check comes first.
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
MANAGED = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesSQLiRuleSet",
    "AWSManagedRulesCommonRuleSet",
)
# It would refuse bodies above 8 KB, before the service, which has a limit of its own, can say why.
COUNTED_ONLY = {"AWSManagedRulesCommonRuleSet": "SizeRestrictions_BODY"}


# Each rule of a group acts as AWS set it. The key cannot be written as an argument's name.
AS_THEY_ARE: dict[str, Any] = {"None": {}}


def waf(layer: Layer) -> None:
    """The web ACL, its association with the stage, and its log of what it blocked."""
    environment = layer.environment
    rules = [
        WebACLRule(
            Name="rate",
            Priority=0,
            Action=RuleAction(Block=BlockAction()),
            Statement=Statement(
                RateBasedStatement=RateBasedStatement(
                    AggregateKeyType="IP", EvaluationWindowSec=300, Limit=environment.api.waf_requests_per_5_minutes
                )
            ),
            VisibilityConfig=_visibility("rate"),
        ),
        *(
            WebACLRule(
                Name=name,
                Priority=priority,
                OverrideAction=OverrideAction(**AS_THEY_ARE),
                Statement=Statement(ManagedRuleGroupStatement=_managed(name)),
                VisibilityConfig=_visibility(name),
            )
            for priority, name in enumerate(MANAGED, start=1)
        ),
    ]
    acl = layer.add(
        WebACL(
            "WebAcl",
            Scope="REGIONAL",
            DefaultAction=DefaultAction(Allow=AllowAction()),
            Rules=rules,
            VisibilityConfig=_visibility("web-acl"),
        ),
        "Filters requests before they reach the API",
    )
    layer.add(
        WebACLAssociation(
            "WebAclAssociation",
            ResourceArn=Sub("arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/${RestApi}/stages/${Stage}"),
            WebACLArn=GetAtt(acl, "Arn"),
        ),
        "Puts the filter in front of the stage",
    )
    layer.add(
        LogGroup("WafLogGroup", LogGroupName=names.waf_log_group(environment), RetentionInDays=environment.log_days), "What the filter saw"
    )
    layer.add(
        LoggingConfiguration(
            "WafLogging",
            ResourceArn=GetAtt(acl, "Arn"),
            LogDestinationConfigs=[Sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${WafLogGroup}")],
            RedactedFields=[
                LoggingConfigurationFieldToMatch(SingleHeader=SingleHeader(Name=name)) for name in ("authorization", "x-api-key")
            ],
            # What was let through stands in the access log already.
            LoggingFilter=LoggingFilter(
                DefaultBehavior="DROP",
                Filters=[
                    Filter(
                        Behavior="KEEP",
                        Requirement="MEETS_ANY",
                        Conditions=[Condition(ActionCondition=ActionCondition(Action=action)) for action in ("BLOCK", "COUNT")],
                    )
                ],
            ),
        ),
        "Writes down what the filter blocked, without the callers' secrets",
    )


def _managed(name: str) -> ManagedRuleGroupStatement:
    group = ManagedRuleGroupStatement(VendorName="AWS", Name=name)
    if name in COUNTED_ONLY:
        group.RuleActionOverrides = [RuleActionOverride(Name=COUNTED_ONLY[name], ActionToUse=RuleAction(Count=CountAction()))]
    return group


def _visibility(name: str) -> VisibilityConfig:
    return VisibilityConfig(CloudWatchMetricsEnabled=True, MetricName=name, SampledRequestsEnabled=True)
