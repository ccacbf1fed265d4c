"""The stage has one address, limits what callers do, and writes it down without their secrets.

Throttling is the one brake in front of the service; the access log is where an incident is read afterwards; a second address is reached
around what is in front of the first.
"""

import json
from collections.abc import Iterator

from ci.model import Deployment, Reference, Resource
from ci.model.values import references
from ci.rules import Finding, shown

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/security-monitoring.html"
REMEDY = "Leave it to the settings ([api] in environments/), from which stage and addresses are rendered."

REGIONAL = ["REGIONAL"]
LOGGED = {"$context.requestId", "$context.identity.sourceIp", "$context.httpMethod", "$context.path", "$context.status"}
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
SECRETS = ("apiKey", "authorizer.claims")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at addresses, then at each stage's limits and log."""
    domains = deployment.of("AWS::ApiGateway::DomainName")
    for place in (*deployment.of("AWS::ApiGateway::RestApi"), *domains):
        if place.get("EndpointConfiguration", "Types") != REGIONAL:
            yield Finding(place, "is not regional: it would be reached around the region, and the web ACL.")
    for domain in domains:
        if domain.get("RegionalCertificateArn") is None:
            yield Finding(domain, "has no RegionalCertificateArn.")
    for api in deployment.of("AWS::ApiGateway::RestApi"):
        if api.properties.keys() & {"Body", "BodyS3Location"}:
            yield Finding(api, "is described by a document too, which nobody here compares with the service's.")
        yield from (Finding(api, end) for end in _addresses(deployment, api, domains))
    for stage in deployment.of("AWS::ApiGateway::Stage"):
        yield from (Finding(stage, end) for end in (*_limits(stage), *_log(stage)))
    logs = [stage for stage in deployment.of("AWS::ApiGateway::Stage") if stage.get("AccessLogSetting")]
    role = deployment.of("AWS::ApiGateway::Account")
    if logs and deployment.environment.account.api_gateway_log_role and not (role and role[0].get("CloudWatchRoleArn")):
        yield Finding(logs[0], "is not created: the account has no role with which API Gateway writes logs (sst 1556).")
    yield from (Finding(each, "is the whole account's, and would go with this stack.") for each in role if each.template.stack)


def _addresses(deployment: Deployment, api: Resource, domains: list[Resource]) -> Iterator[str]:
    domain = deployment.environment.api.domain
    led = [each for each in deployment.of("AWS::ApiGateway::BasePathMapping") if each.get("RestApiId") == Reference(api)]
    if bool(api.get("DisableExecuteApiEndpoint")) is not bool(led):
        yield "has two addresses, or none."
    if [each.get("DomainName") for each in domains] != ([domain] if domain else []) or len(led) != len(domains):
        yield "has another domain than the settings give it, or one that does not lead here."
    for each in led:
        stage = each.target("Stage")
        if each.target("DomainName") not in domains or stage.get("RestApiId") != Reference(api):
            yield f"has a domain that leads to {stage.label}, which is not its stage."


def _limits(stage: Resource) -> Iterator[str]:
    if stage.get("CanarySetting") is not None:
        yield "shows some callers another deployment than its own."
    settings = stage.get("MethodSettings", default=[])
    if not any((each.get("HttpMethod"), each.get("ResourcePath")) == ("*", "/*") for each in settings):
        yield "has no limits that are for all methods and paths."
    for each in settings:
        limits = each.get("ThrottlingRateLimit"), each.get("ThrottlingBurstLimit")
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
        if not all(isinstance(limit, int | float) and 0 < limit <= 10000 for limit in limits):
            yield f"limits {each.get('HttpMethod')} {each.get('ResourcePath')} to {shown(limits)} requests a second and at once."
        if each.get("DataTraceEnabled") or each.get("LoggingLevel", "OFF") != "OFF":
            yield "writes headers and bodies to the execution log."


def _log(stage: Resource) -> Iterator[str]:
    where = stage.get("AccessLogSetting", "DestinationArn")
    groups = [each for each in references(where) if each.resource.type == "AWS::Logs::LogGroup"]
    if not any(str(where).endswith(f":log-group:{group}") for group in groups):
        yield "has no access log in a group of these templates."
    try:
        fields = {str(field) for field in json.loads(stage.get("AccessLogSetting", "Format", default="{}")).values()}
    except (ValueError, AttributeError):
        fields = set()
    if not fields >= LOGGED or any(secret in field for field in fields for secret in SECRETS):
        yield "logs no JSON with request, caller, method, path and status, or what callers keep secret."
