"""The faults that `verify` lets pass, each with why it is harmless. What is not here must be caught."""

from typing import NamedTuple

from tests.verify.mutations import Mutant

DEFAULT = "AWS's default is the same value"
LINTED = "cfn-lint, beside it in the gate, refuses it: the property is required"
LABEL = "a label that nothing refers to"


class Harmless(NamedTuple):
    """The kind of fault, the end of what it is about, and the reason; where that is not enough, the end of the new value too."""

    kind: str
    about: str
    reason: str
    value: str = ""

    def covers(self, mutant: Mutant) -> bool:
        """Whether this is about the fault."""
        return self.kind == mutant.kind and mutant.about.endswith(self.about) and str(mutant.value).endswith(self.value)


SURVIVORS = (
    Harmless("rename", "Resource[].Fn::Sub", "the role makes nested stacks; the root is who deploys' own", "stack/awsome-books-prod/*x"),
    Harmless(
        "rename",
        "Resource[].Fn::Sub",
        "asked for instances with associations of Systems Manager, which none has",
        ":ssm:${AWS::Region}:${AWS::AccountId}:*x",
    ),
    Harmless("drop", "LifecycleConfiguration.Rules[].AbortIncompleteMultipartUpload", "pieces of broken uploads cost some cents"),
    Harmless("raise", "AbortIncompleteMultipartUpload.DaysAfterInitiation", "pieces of broken uploads cost some cents"),
    Harmless("drop", "TargetGroup) .HealthCheckTimeoutSeconds", DEFAULT),
    Harmless("drop", "TargetGroup) .HealthyThresholdCount", "the default asks for five good answers instead of two: 50 s"),
    Harmless("drop", "TargetGroup) .UnhealthyThresholdCount", "the default asks for two bad answers instead of three"),
    Harmless("drop", "FixedResponseConfig.ContentType", "the 404 has no type: nobody outside the network sees it"),
    Harmless("drop", "FixedResponseConfig.MessageBody", "nobody outside the network sees this text"),
    Harmless("rename", "FixedResponseConfig.MessageBody", "nobody outside the network sees this text"),
    Harmless("drop", ".Integration.TimeoutInMillis", DEFAULT),
    Harmless("drop", "Authorizer(EditorAuthorizer) .Name", LINTED),
    Harmless("rename", "Authorizer(EditorAuthorizer) .Name", LABEL),
    Harmless("drop", "UserPoolClient(EditorClient) .GenerateSecret", DEFAULT),
    Harmless("drop", "UserPoolResourceServer(ResourceServer) .Name", LINTED),
    Harmless("rename", "UserPoolResourceServer(ResourceServer) .Name", LABEL),
    Harmless("drop", "RestApi(RestApi) .DisableExecuteApiEndpoint", DEFAULT),
    Harmless("drop", "MethodSettings[].DataTraceEnabled", DEFAULT),
    Harmless("drop", "VpcLink(VpcLink) .Name", LINTED),
    Harmless("rename", "VpcLink(VpcLink) .Name", LABEL),
    Harmless("drop", "LoggingConfiguration(WafLogging) .LoggingFilter", "everything is logged, not only what was blocked: it costs more"),
    Harmless("rename", "WebACL(WebAcl) .Rules[].Name", LABEL),
    Harmless("raise", "WebACL(WebAcl) .Rules[].Priority", "each rule blocks by itself, so that their order decides nothing"),
    Harmless("rename", ".VisibilityConfig.MetricName", LABEL),
    Harmless("drop output", "endpoints.EndpointIds", "nobody takes the value: the layers wait for the stack by DependsOn"),
    Harmless("drop", "VPCEndpoint(S3Endpoint) .VpcEndpointType", DEFAULT),
    Harmless("drop", ".Policies[].PolicyName", LINTED),
    Harmless("rename", ".Policies[].PolicyName", LABEL),
    Harmless("rename", ".ScheduledActions[].ScheduledActionName", LABEL),
    Harmless("drop", "ScalingPolicy .PolicyName", LINTED),
    Harmless("rename", "ScalingPolicy .PolicyName", LABEL),
    Harmless("drop", "AwsvpcConfiguration.AssignPublicIp", DEFAULT),
    Harmless("drop", "Service(Service) .PlatformVersion", DEFAULT),
    Harmless("drop", "Cluster(Cluster) .CapacityProviders[]", "the service's strategy does not use it"),
    Harmless("drop", ".ContainerDefinitions[].Essential", DEFAULT),
    Harmless("rename", "Options.awslogs-stream-prefix", LABEL),
    Harmless("drop", "HealthCheck.Retries", DEFAULT),
    Harmless(
        "drop", "HealthCheck.StartPeriod", "without it failures count from the first on: three, 10 s apart, and a start takes three seconds"
    ),
    Harmless("drop", "HealthCheck.Timeout", DEFAULT),
    Harmless("rename", ".Metrics[].Id", "no expression names it"),
    Harmless("drop", ".Metrics[].ReturnData", DEFAULT),
    Harmless("drop", "Events) .Targets[].Id", LINTED),
    Harmless("rename", "Events) .Targets[].Id", LABEL),
    Harmless("drop", "Key(TopicKey) .PendingWindowInDays", "the default leaves 30 days to call a deleted key back, not 7"),
    Harmless("drop", "Subnet .MapPublicIpOnLaunch", DEFAULT),
    Harmless("drop", "FlowLog(FlowLog) .LogDestinationType", DEFAULT),
    Harmless("drop", "FlowLog(FlowLog) .MaxAggregationInterval", DEFAULT),
    # A number that is lower than it was.
    Harmless("lower", "AbortIncompleteMultipartUpload.DaysAfterInitiation", "pieces of broken uploads go sooner"),
    Harmless("lower", "UserPoolClient(EditorClient) .RefreshTokenValidity", "editors sign in again after an hour"),
    Harmless("lower", "PasswordPolicy.TemporaryPasswordValidityDays", "an invitation is answered within a day, or sent again"),
    Harmless("lower", "HealthCheck.StartPeriod", "as without it: three failures, 10 s apart, and a start takes three seconds"),
    Harmless("raise", ".Fn::Select[]", "the second zone's subnet of the same tier, instead of the first's"),
    # Of settings that neither prod nor dev has (tests/verify/cases.py).
    Harmless("drop", "VpcLink(VpcLinkV2) .Name", LINTED),
    Harmless("rename", "VpcLink(VpcLinkV2) .Name", LABEL),
    Harmless("drop", "UsagePlan(UsagePlan) .UsagePlanName", LABEL),
    Harmless("rename", "UsagePlan(UsagePlan) .UsagePlanName", LABEL),
    Harmless("rename", "Resource[].Fn::Sub", "the role makes nested stacks; the root is who deploys' own", "stack/awsome-books-domain/*x"),
    # Policies.
    Harmless("add resource", "ExecutionPolicy4) .PolicyDocument.Statement", "these actions take no resource: all are allowed already"),
    Harmless("drop action", "(ExecutionPolicy3) .PolicyDocument.Statement s3:GetObject", "asked for APIs that are described in a bucket"),
    Harmless("drop action", "iam:AttachRolePolicy", "asked for roles with managed policies, which none has"),
    Harmless("drop action", "iam:DetachRolePolicy", "asked for roles with managed policies, which none has"),
    Harmless("drop action", "iam:UpdateRoleDescription", "asked for roles with a description, which none has"),
)
