"""Faults of operations and of the API that every other gate lets pass, each found by the rule that is about it."""

import pytest

from tests.deployments import objections, rendered, resource
from tests.verify.faults import MISSING, Fault, more, of, replaced

METRICS = "Metrics"
APP = of("TaskDefinition", "ContainerDefinitions", 1)
CONFIGURATION = of("Service", "DeploymentConfiguration")
SCHEDULE = of("ScalableTarget", "ScheduledActions")
LOG = of("WafLogging", "LoggingFilter")
METHOD, WRITE, INTEGRATION = of("BooksGet"), of("BooksPost"), of("BooksGet", "Integration")
URI = (*INTEGRATION, "Uri", "Fn::Sub", 0)
HEADER = "integration.request.header.X-Public-Host"
LIFECYCLE = of("Repository", "LifecyclePolicy", "LifecyclePolicyText")
DROP = {"Behavior": "DROP", "Requirement": "MEETS_ANY", "Conditions": [{"ActionCondition": {"Action": "BLOCK"}}]}
POOL, CLIENT = of("UserPool"), of("EditorClient")
RULE = of("Rule")
BOARD = of("Dashboard", "DashboardBody", "Fn::Sub", 0)


def metric(title: str, index: int, *path: str | int) -> tuple[str | int, ...]:
    """A path in one of the metrics that an alarm looks at."""
    return of(title, METRICS, index, "MetricStat", *path)


ALARMS = [
    Fault("alarms", "api", metric("GatewayErrors", 0, "Stat"), "Average", says="never rings"),
    Fault("alarms", "api", metric("Latency", 0, "Stat"), "Minimum", says="Minimum"),
    Fault("alarms", "api", metric("Latency", 0, "Unit"), "Bytes", says="in Bytes"),
    Fault("alarms", "api", metric("Latency", 0, "Metric", "MetricName"), "Latencies", says="does not publish"),
    Fault("alarms", "api", metric("Latency", 0, "Metric", "Namespace"), "AWS/Gateway", says="in which AWS publishes nothing"),
    Fault("alarms", "service", metric("ServiceCpu", 0, "Metric", "Dimensions", 0), MISSING, says="publishes nothing in AWS/ECS"),
    Fault("alarms", "api", metric("Latency", 0, "Metric", "Dimensions", 0, "Value"), "other", says="nothing to do with api.Stage"),
    Fault("alarms", "database", metric("DatabaseCpu", 0, "Metric", "Dimensions", 0, "Value"), "replica", says="no AWS::RDS::DBInstance"),
    Fault("alarms", "service", metric("ServiceCpu", 0, "Metric", "Namespace"), "ECS/ContainerInsights", says="does not publish"),
    Fault("alarms", "service", of("Cluster", "ClusterSettings", 0, "Value"), "disabled", says="publishes only where"),
    Fault("alarms", "service", of("ServiceCpu", "Threshold"), 850, says="never rings"),
    Fault("alarms", "service", of("ServiceCpu", "Threshold"), -1, says="always rings"),
    Fault("alarms", "service", of("ServiceCpu", "ComparisonOperator"), "LessThanThreshold", says="rings while CPUUtilization is 0"),
    Fault("alarms", "service", of("ServiceCpu", "AlarmActions"), MISSING, says="notifies nobody"),
    Fault("alarms", "service", of("ServiceCpu", "ActionsEnabled"), False, says="switched off"),
    Fault("alarms", "service", of("ServiceCpu", "DatapointsToAlarm"), 60, says="DatapointsToAlarm"),
    Fault("alarms", "service", of("TooFewTasks", METRICS, 2, "Expression"), replaced("> 0", "< 0"), says="never rings"),
    Fault("alarms", "service", of("BalancerErrors", METRICS, 2, "Expression"), replaced("> 0", "< 0"), "dev", says="never rings"),
    Fault("alarms", "service", of("RollbackEvents", "EventPattern", "detail", "alarmName", 0), "other", says="notifies nobody"),
    Fault("alarms", "dashboard", BOARD, replaced('"Latency"', '"Latencies"'), says="does not publish"),
    Fault("alarms", "dashboard", BOARD, replaced('"widgets"', '"gadgets"'), says="not JSON with widgets"),
    Fault("rollback-alarms", "service", metric("RollbackErrors", 0, "Stat"), "Average", says="by blue alone"),
    Fault("rollback-alarms", "service", of("RollbackUnhealthy", METRICS, 2, "Expression"), replaced("SUM", "MIN"), says="alone"),
    Fault("rollback-alarms", "service", of("RollbackErrors", METRICS, 2, "Expression"), "blue * green", says="alone"),
    Fault("rollback-alarms", "service", of("RollbackErrors"), more({"EvaluationPeriods": 30, "DatapointsToAlarm": 30}), says="1800 s"),
    Fault("rollback-alarms", "service", of("RollbackErrors", "ComparisonOperator"), "LessThanThreshold", says="nothing is wrong"),
    Fault("events", "service", of("StartEvents", "State"), "DISABLED", says="switched off"),
    Fault("events", "service", of("StartEvents", "Targets"), [], says="to nobody"),
    Fault("events", "service", of("StartEvents", "EventPattern", "detail", "eventName"), ["TASK_IMPAIRED"], says="does not send"),
    Fault("events", "service", of("StartEvents", "EventPattern", "resources"), ["arn:aws:ecs:x"], says="nothing of these templates"),
    Fault("events", "database", of("FailoverEvents", "EventPattern", "detail", "EventCategories", 0), "panic", says="does not send"),
    Fault(
        "events", "database", of("FailoverEvents", "EventPattern", "detail", "SourceIdentifier"), ["other"], says="no AWS::RDS::DBInstance"
    ),
    Fault("log-groups", "service", of("AppLogGroup", "RetentionInDays"), MISSING, says="for ever"),
    Fault("log-groups", "load_balancing", of("AccessLogs", "LifecycleConfiguration", "Rules", 0, "Prefix"), "old/", says="for ever"),
]
TASKS = [
    Fault("failing-deployment", "service", (*APP, "HealthCheck"), more({"Interval": 4, "Timeout": 2}), says="Interval = 4"),
    Fault("failing-deployment", "service", (*APP, "HealthCheck"), more({"Interval": 5, "Retries": 11, "Timeout": 4}), says="Retries = 11"),
    Fault("failing-deployment", "root", of("Database", "TimeoutInMinutes"), 5, says="only slow"),
    Fault("failing-deployment", "root", of("Api", "TimeoutInMinutes"), 3, says="only slow"),
    Fault("strategy", "service", (*CONFIGURATION, "Strategy"), "CANARY", says="against deployment.strategy"),
    Fault("strategy", "service", (*CONFIGURATION, "MinimumHealthyPercent"), 50, says="before the new ones answer"),
    Fault("strategy", "service", (*CONFIGURATION, "BakeTimeInMinutes"), 0, says="deployment.bake_minutes"),
    Fault("strategy", "service", (*CONFIGURATION, "DeploymentCircuitBreaker"), {"Enable": True}, says="for rolling alone"),
    Fault("strategy", "service", of("Service", "PlatformVersion"), "1.4.0", says="no security fixes"),
    Fault("strategy", "load_balancing", of("GreenTargetGroup", "Port"), 9999, says="change places"),
    Fault("task-count", "service", (*SCHEDULE, 0, "Schedule"), "rate(365 days)", says="starts with one"),
    Fault("task-count", "service", (*SCHEDULE, 0, "Schedule"), "cron(0 99 * * ? *)", says="never comes"),
    Fault(
        "task-count",
        "service",
        SCHEDULE,
        lambda two: [{**two[0], "Schedule": two[1]["Schedule"]}, {**two[1], "Schedule": two[0]["Schedule"]}],
        "dev",
        says="again and again",
    ),
    Fault("task-count", "service", (*SCHEDULE, 1, "ScheduledActionName"), "wake", "dev", says="two of one"),
    Fault("task-count", "service", (*SCHEDULE, 0, "ScalableTargetAction"), {"MinCapacity": 0, "MaxCapacity": 0}, says="no night"),
    Fault("task-count", "service", of("ScaleByCpu", "PolicyName"), "memory-target", says="two policies of one name"),
    Fault("task-count", "service", of("ScaleByCpu", "ScalingTargetId"), "other", says="scales nothing"),
    Fault("task-count", "service", of("ScaleByCpu", "TargetTrackingScalingPolicyConfiguration", "TargetValue"), 99, says="too few"),
    Fault("task-count", "service", of("ScalableTarget", "ResourceId", "Fn::Join", 1, 0), "cluster", says="not the number of tasks"),
]
API = [
    Fault("api-methods", "api", URI, "http://${host}:8080/books", says="leads to"),
    Fault("api-methods", "api", URI, "http://${host}.internal/books", says="leads to"),
    Fault("api-methods", "api", (*METHOD, "HttpMethod"), "ANY", says="not in the service's document"),
    Fault("api-methods", "api", (*INTEGRATION, "IntegrationHttpMethod"), "POST", says="not as GET"),
    Fault("api-methods", "api", (*INTEGRATION, "ConnectionType"), "INTERNET", says="through the VPC link"),
    Fault("api-methods", "api", (*INTEGRATION, "RequestParameters", HEADER), MISSING, says="lets callers set the header X-Public-Host"),
    Fault("api-methods", "api", (*INTEGRATION, "RequestParameters", HEADER), "method.request.header.Host", says="lets callers set"),
    Fault(
        "api-methods",
        "api",
        (*INTEGRATION, "RequestParameters", HEADER.replace("Host", "Prefix")),
        "'/other'",
        says="the API is at '/prod'",
    ),
    Fault("api-authorizers", "api", (*WRITE, "AuthorizationType"), "NONE", says="against api.authorization"),
    Fault("api-authorizers", "api", (*WRITE, "AuthorizationScopes"), ["openid"], says="does not ask for the scope"),
    Fault("api-authorizers", "api", (*METHOD, "AuthorizationType"), "AWS_IAM", says="against api.authorization"),
    Fault("api-authorizers", "api", of("EditorAuthorizer", "ProviderARNs"), ["arn:aws:cognito-idp:x"], says="does not ask a user pool"),
    Fault("api-authorizers", "api", of("ResourceServer", "Scopes", 0, "ScopeName"), "read", says="no resource server offers"),
    Fault(
        "api-stage", "api", of("Stage", "AccessLogSetting", "Format"), replaced("{", '{"key": "$context.identity.apiKey", '), says="secret"
    ),
    Fault("api-stage", "api", of("Stage", "MethodSettings", 0, "ThrottlingRateLimit"), MISSING, says="limits * /*"),
    Fault("api-stage", "api", of("Stage", "MethodSettings", 0, "DataTraceEnabled"), True, says="headers and bodies"),
    Fault("api-stage", "api", of("Stage", "AccessLogSetting", "DestinationArn"), "arn:aws:logs:x", says="no access log"),
    Fault("api-stage", "api", of("RestApi", "EndpointConfiguration", "Types"), ["EDGE"], says="not regional"),
    Fault("api-stage", "api", of("RestApi", "DisableExecuteApiEndpoint"), True, says="two addresses, or none"),
    Fault("gateway-responses", "api", of("Default5xx", "ResponseType"), "QUOTA_EXCEEDED", says="DEFAULT_5XX"),
    Fault(
        "gateway-responses",
        "api",
        of("Default4xx", "ResponseTemplates", "application/json"),
        replaced("}", ""),
        says="not JSON with a title",
    ),
    Fault("firewall", "api", of("WebAcl", "Rules", 1, "Action"), {"Allow": {}}, says="counts, where its group blocks"),
    Fault("firewall", "api", of("WebAcl", "Rules", 1, "OverrideAction"), {"Count": {}}, says="counts, where its group blocks"),
    Fault("firewall", "api", of("WebAcl", "Rules", 1, "Statement", "ManagedRuleGroupStatement", "Version"), "Version_1.0", says="expires"),
    Fault("firewall", "api", of("WebAcl", "Rules", 0, "Action"), {"Count": {}}, says="calls too often"),
    Fault("firewall", "api", of("WebAcl", "DefaultAction"), {"Block": {}}, says="blocks everybody"),
    Fault("firewall", "api", of("WebAcl", "Rules", 1, "Priority"), 0, says="two rules of one Priority"),
    Fault("firewall", "api", of("WebAclAssociation", "ResourceArn"), "arn:aws:apigateway:x", says="no stage of these templates"),
    Fault("firewall", "api", (*LOG, "Filters"), more(DROP), says="leaves out"),
    Fault("firewall", "api", of("WafLogging", "RedactedFields"), [], says="authorization, x-api-key"),
    Fault("firewall", "api", of("WafLogGroup", "LogGroupName"), "waf", says="to which AWS WAF does not log"),
    Fault("sign-in", "api", (*POOL, "AdminCreateUserConfig", "AllowAdminCreateUserOnly"), False, says="everybody could sign up"),
    Fault("sign-in", "api", (*POOL, "MfaConfiguration"), "OFF", says="no second factor"),
    Fault("sign-in", "api", (*CLIENT, "CallbackURLs"), ["http://example.org"], says="sent elsewhere"),
    Fault("sign-in", "api", (*CLIENT, "AllowedOAuthFlows"), ["implicit"], says="in addresses"),
    Fault("sign-in", "api", (*CLIENT, "ExplicitAuthFlows"), more("ALLOW_USER_PASSWORD_AUTH"), says="past the sign-in page"),
    Fault("sign-in", "api", (*CLIENT, "IdTokenValidity"), 1, says="Cognito refuses it"),
    Fault("sign-in", "api", (*CLIENT, "AccessTokenValidity"), 4, says="Cognito refuses it"),
]
PUBLISHED = [
    Fault("published", "api", ("Outputs", "ApiUrl", "Value", "Fn::Sub", 1, "host", "Fn::Sub"), replaced("/prod", "/stage"), says="ApiUrl"),
    Fault("published", "dashboard", ("Outputs", "DashboardUrl", "Value", "Fn::Sub", 0), replaced("name=", "names="), says="DashboardUrl"),
    Fault("published", "api", ("Outputs", "SignInUrl", "Value", "Fn::Sub", 0), replaced(".auth.", ".login."), says="SignInUrl"),
    Fault("published", "root", ("Outputs", "DatabaseHost"), MISSING, says="DatabaseHost"),
    Fault("published", "bootstrap", ("Outputs", "RepositoryUri", "Value"), {"Ref": "Repository"}, says="RepositoryUri"),
    Fault("published", "bootstrap", ("Outputs", "ExecutionRoleArn"), MISSING, says="ExecutionRoleArn"),
    Fault("registry", "bootstrap", LIFECYCLE, replaced(', "action": {"type": "expire"}', ""), says="ECR refuses"),
    Fault("registry", "bootstrap", LIFECYCLE, replaced('"days"', '"weeks"'), says="ECR refuses"),
    Fault("registry", "bootstrap", LIFECYCLE, replaced('"untagged"', '"any"'), says="can be deployed again"),
    Fault("registry", "bootstrap", of("Repository", "ImageTagMutability"), "MUTABLE", says="another image"),
]
CONSTITUTION = [
    Fault("constitution", "load_balancing", (*RULE, "Actions", 0, "ForwardConfig", "TargetGroups", 1, "Weight"), 50, says="weights"),
    Fault("constitution", "load_balancing", (*RULE, "Priority"), 2, says="priority 1"),
    Fault("constitution", "api", ("Resources", "WebAclAssociation"), MISSING, says="in production"),
    Fault(
        "constitution",
        "bootstrap",
        of("Boundary", "PolicyDocument", "Statement", 0, "Action"),
        more("iam:PutRolePolicy"),
        says="none may ever",
    ),
    Fault(
        "constitution",
        "bootstrap",
        of("Boundary", "PolicyDocument", "Statement", 0, "Action"),
        more("sts:AssumeRole"),
        says="none may ever",
    ),
    Fault(
        "constitution",
        "bootstrap",
        of("Boundary", "PolicyDocument", "Statement", 0, "Action"),
        more("kms:PutKeyPolicy"),
        says="none may ever",
    ),
    Fault("constitution", "bootstrap", of("Boundary", "PolicyDocument", "Statement", 0, "Action"), more("sqs:*"), says="none may ever"),
]


@pytest.mark.parametrize("fault", [*ALARMS, *TASKS, *API, *PUBLISHED, *CONSTITUTION], ids=str)
def test_it_is_found(fault: Fault) -> None:
    said = fault.found()
    assert said
    assert fault.says in said


def test_an_operation_that_the_gateway_does_not_pass_is_found() -> None:
    templates = rendered("prod")
    del templates["api"]["Resources"]["BooksGet"]
    resource(templates, "ApiGateway::Deployment")["DependsOn"].remove("BooksGet")
    assert "does not pass GET /books" in objections("api-methods", templates)
