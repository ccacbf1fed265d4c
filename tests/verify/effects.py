"""What each single fault does, whoever sees it: exposes, loses, breaks, weakens, or nothing but differ from what was rendered.

AWS's pages decide, and cfn-lint, which is beside verify in the gate; not whether a rule objects.
"""

import re
from typing import NamedTuple

from tests.verify.mutations import Mutant

EFFECTS = ("exposes", "loses", "breaks", "weakens", "")
CFN = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"


class Effect(NamedTuple):
    """Faults of some kinds, about something: what they do, why, and where AWS says so. The first that fits counts."""

    does: str
    # Regular expressions: the kind as a whole, and a part of what it is about.
    kind: str
    about: str
    reason: str
    source: str

    def fits(self, mutant: Mutant) -> bool:
        """Whether this is about the fault."""
        return re.fullmatch(self.kind, mutant.kind) is not None and re.search(self.about, mutant.about) is not None


LINTED = "cfn-lint, beside verify in the gate, refuses it"
SCHEMA = "https://github.com/aws-cloudformation/cfn-lint/blob/main/docs/rules.md"
# The end of the path of a value out of a fixed list, where cfn-lint has the list.
LISTED = (
    r"^(?!.*(Budgets::|SNS::Subscription|GatewayResponse))"
    r".*\.(ComparisonOperator|TreatMissingData|SubscriptionType|Protocol|Status|DefaultBehavior|StatusCode|Type"
    r"|VolumeType|HttpEndpoint|InstanceType|CacheType|NotificationType|ThresholdType"
    r"|TargetType|PropagateTags|PredefinedMetricType|PolicyType|ServiceNamespace|AutoVerifiedAttributes)(\[\])?$"
)
# What must be there, where the schema says so.
REQUIRED = (
    r"^(?!.*(WebACL.*\.Rules|VPCEndpoint.*\.Statement|ClusterSettings\[\]\.Name))"
    r".*\.(Id|Stat|Period|Statement|DefaultActions|Name|PolicyName|VpcId|Arn"
    r"|Rules|Domain|PolicyType|ServiceNamespace|SSEAlgorithm|ServerSideEncryptionConfiguration"
    r"|IpProtocol|Metrics)(\[\])?$"
)
MONITORING = r"CloudWatch::(Alarm|Dashboard)|Events::Rule|Budgets::|SNS::Subscription|Chatbot::"
POLICY = r"PolicyDocument|KeyPolicy|Policies|RepositoryPolicyText"

TABLE = (
    # What only differs.
    Effect("", "add key", "", f"{LINTED}: E3002, a property that the type does not have", SCHEMA),
    Effect("", "rename", LISTED, f"{LINTED}: E3030, a value that the property does not take", SCHEMA),
    Effect("", "drop", REQUIRED, f"{LINTED}: E3003, a required property", SCHEMA),
    Effect(
        "",
        "rename",
        r"\.(Id|Name|PolicyName|UsagePlanName|MetricName|ScheduledActionName|awslogs-stream-prefix)(\[\])?$",
        "a label that nothing refers to",
        f"{CFN}aws-properties-name.html",
    ),
    Effect(
        "",
        "rename",
        r"\.(MessageBody|ContentType|Domain\.Fn::Sub|ImageId|Timezone|Family)$|(CallbackURLs|RuleActionOverrides)\[\]",
        "another text that AWS takes: preview shows it",
        f"{CFN}introduction.html",
    ),
    Effect(
        "",
        "raise|lower",
        r"Days|Seconds|Minutes|Threshold|Limit|Capacity|Cooldown|Percent|Weight|Base|Burst|Window|Priority|Storage|Retries"
        r"|StartPeriod|Validity|Timeout|MinimumLength|Interval|Period|Fn::Select|Amount|MaxSession|HopLimit|Datapoints|Port",
        "another number that AWS takes: preview shows it",
        f"{CFN}introduction.html",
    ),
    Effect("", "leave over", "", "it outlives its stack, and costs nothing, or little", f"{CFN}aws-attribute-deletionpolicy.html"),
    Effect(
        "",
        "drop output",
        r"endpoints\.EndpointIds",
        "nobody takes the value: layers wait for the stack",
        f"{CFN}aws-attribute-dependson.html",
    ),
    Effect(
        "",
        "drop|flip",
        r"Tracing|MetricsEnabled|LoggingLevel|PropagateTags|EnableECSManagedTags|CopyTagsToSnapshot|OKActions|LifecycleConfiguration"
        r"|EnableExecuteCommand|MaxAllocated|PendingWindow|Description|AutoMinor|AllowMajor|Environment\[\]|EnableCloudwatchLogs",
        "an opinion of ours, not AWS's: preview shows it",
        f"{CFN}introduction.html",
    ),
    Effect(
        "",
        "drop",
        r"VpcEndpointType|PublicIp|PlatformVersion|Essential|HealthCheck\.|HealthCheck(Protocol|Timeout)|ThresholdCount|TargetType"
        r"|DataTrace|GenerateSecret|DisableExecute|MapPublic|LogDestinationType|MaxAggregation|Encryption|EncryptionConfiguration|StorageType|\.Type$"
        r"|PubliclyAccessible|EnableDnsSupport|force_ssl|Parameters$|Scheme|IpAddressType|MaximumPercent|MinimumHealthy|OperatingSystem"
        r"|CACertificate|LifecyclePolicyText|FixedResponseConfig|ResponseTemplates|LifecyclePolicy$|Preferred|\.Port$|TimeoutInMillis|ReturnData|CapacityProviders\[\]|HttpTokens|\[\]\.Weight|ToPort|FromPort"
        r"|ImageScanning|MessageBody|ContentType|EvaluationWindowSec",
        "AWS's default is the same, or does as well",
        f"{CFN}introduction.html",
    ),
    Effect(
        "",
        "add resource|star|rename|drop action",
        r"bootstrap\..*ExecutionPolicy",
        "another statement allows it already, or no type here asks for it",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html",
    ),
    Effect(
        "",
        "drop|rename|remove|add entry",
        r"Cooldown|Timezone|MaxSession|UsernameAttributes|UsagePlanName|InstanceType|HttpEndpoint|HopLimit|VolumeType|ImageId|DBParameterGroupName|EngineLifecycleSupport|CallbackURLs|Family"
        r"|ScalableTargetAction\.|ScheduledActions\[\]$|CapacityProviderStrategy\[\]$|ScalingPolicy$|StatusCode|InstanceTenancy|AllowedOAuthScopes",
        "AWS takes it, and does what it says: preview shows it",
        f"{CFN}introduction.html",
    ),
    Effect("", "drop", r"PredefinedMetricType", LINTED, SCHEMA),
    Effect(
        "",
        "add entry",
        r"RequiresCompatibilities",
        f"{LINTED}: E3030, a value that it does not take",
        SCHEMA,
    ),
    Effect("", "add property", r"InstanceTenancy", "it costs more", f"{CFN}aws-resource-ec2-vpc.html"),
    Effect(
        "",
        "add action|add resource|drop action|rename|effect|key|widen|narrow|star",
        r"TopicKey\) \.KeyPolicy.*(of the service|GenerateDataKey|ViaService|Effect|Action|Resource|Statement$)",
        "what an administrator needs to send a test message, or has anyway",
        "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#sns-what-permissions-for-sse",
    ),
    Effect(
        "",
        "add resource|widen|star|add action",
        r"(TopicPolicy|ArtifactsPolicy|AccessLogsPolicy)\) \.PolicyDocument",
        "more is denied without TLS, or something that is not the resource's",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html#transit",
    ),
    # What weakens: nobody is told.
    Effect(
        "weakens",
        ".*",
        MONITORING,
        "an incident is seen later, or not",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
    ),
    Effect(
        "weakens",
        ".*",
        r"LoggingConfiguration|FlowLog|AccessLog",
        "an incident cannot be read afterwards",
        "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_detect_investigate_events_app_service_logging.html",
    ),
    # What loses.
    Effect(
        "loses",
        "drop|flip|rename|lower",
        r"DeletionPolicy|UpdateReplacePolicy|DeletionProtection|Backup|Versioning|ImageTagMutability|LifecyclePolicy",
        "data goes with a deletion or a replacement",
        f"{CFN}aws-attribute-deletionpolicy.html",
    ),
    # What exposes.
    Effect(
        "exposes",
        "add|add property",
        "",
        "a way in or out, or data that anybody reads",
        "https://docs.aws.amazon.com/vpc/latest/userguide/security.html",
    ),
    Effect(
        "exposes",
        "widen|star|add action|add resource|operator|key",
        "",
        "more may be done, or by more",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    ),
    Effect(
        "exposes",
        "flip|protocol|free|add variable|add entry",
        "",
        "what was closed is open, or plain",
        "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/welcome.html",
    ),
    Effect(
        "exposes",
        ".*",
        rf"WAFv2|Cognito|Authoriz|SecurityGroup|Public|Encrypt|ssl|Tls|{POLICY}|AssumeRole",
        "a safeguard less",
        "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/welcome.html",
    ),
    # All else stops a deployment, or the service.
    Effect(
        "breaks",
        ".*",
        "",
        "a deployment, or the service, does not work",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html",
    ),
)


def effect(mutant: Mutant) -> Effect:
    """What a fault does."""
    return next(each for each in TABLE if each.fits(mutant))
