"""The stage limits, logs and traces what callers do, and no address goes around it.

Throttling is the one brake in front of the service; the access log is where an incident is read afterwards.
"""

import json
from collections.abc import Iterator

from ci.model import Deployment, Reference, Text
from ci.model.arns import ACCOUNT
from ci.model.values import references
from ci.rules import Expected, Finding, expect

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/security-monitoring.html"
REMEDY = "Restore it in templates/api/, or change [api] in environments/."

LOGGED = {"$context.requestId", "$context.identity.sourceIp", "$context.httpMethod", "$context.path", "$context.status"}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at limits, log, metrics, and the API's addresses."""
    environment = deployment.environment
    kind, every = "AWS::ApiGateway::Stage", ("MethodSettings", 0)
    yield from expect(
        deployment,
        Expected(kind, (*every, "HttpMethod"), "*", "the limits are for some methods alone"),
        Expected(kind, (*every, "ResourcePath"), "/*", "the limits are for some paths alone"),
        Expected(kind, (*every, "ThrottlingRateLimit"), environment.api.throttle_rate, "the settings say otherwise"),
        Expected(kind, (*every, "ThrottlingBurstLimit"), environment.api.throttle_burst, "the settings say otherwise"),
        Expected(kind, (*every, "MetricsEnabled"), True, "dashboards and alarms see nothing"),
        Expected(kind, (*every, "DataTraceEnabled"), lambda on: not on, "headers and bodies would be logged"),
        Expected(kind, (*every, "LoggingLevel"), "OFF", "headers and bodies would be logged"),
        Expected(kind, ("TracingEnabled",), True, "requests cannot be followed"),
        Expected(kind, ("StageName",), environment.name, "the API's address and the headers to the service name the environment"),
        Expected(kind, ("MethodSettings",), lambda settings: len(settings or []) == 1, "one setting is for all methods"),
    )
    for stage in deployment.of(kind):
        destination = stage.get("AccessLogSetting", "DestinationArn")
        groups = [reference for reference in references(destination) if reference.resource.type == "AWS::Logs::LogGroup"]
        prefix = f"arn:aws:logs:{environment.region}:{ACCOUNT}:log-group:"
        if destination != Text((prefix, *groups)) or len(groups) != 1:
            yield Finding(stage, "has no access log in a group of these templates.")
        try:
            fields = set(json.loads(stage.get("AccessLogSetting", "Format", default="{}")).values())
        except ValueError:
            fields = set()
        if not fields >= LOGGED:
            yield Finding(stage, "logs no JSON with request, caller, method, path and status.")
    for api in deployment.of("AWS::ApiGateway::RestApi"):
        if api.get("EndpointConfiguration", "Types") != ["REGIONAL"]:
            yield Finding(api, "is not regional: it would be reached around the WAF and the region.")
        if bool(api.get("DisableExecuteApiEndpoint")) is not (environment.api.domain is not None):
            yield Finding(api, "has two addresses, or none.")
        mapped = [mapping.get("Stage") for mapping in deployment.of("AWS::ApiGateway::BasePathMapping")]
        if mapped != ([Reference(stage) for stage in deployment.of(kind)] if environment.api.domain else []):
            yield Finding(api, "has a domain that does not lead to its stage.")
    types = {response.get("ResponseType") for response in deployment.of("AWS::ApiGateway::GatewayResponse")}
    if not types >= {"DEFAULT_4XX", "DEFAULT_5XX", "MISSING_AUTHENTICATION_TOKEN"}:
        yield Finding(deployment.only("AWS::ApiGateway::RestApi"), "answers some errors in the gateway's own shape.")
    for response in deployment.of("AWS::ApiGateway::GatewayResponse"):
        if response.get("ResponseParameters", "gatewayresponse.header.Content-Type") != "'application/problem+json'":
            yield Finding(response, "does not answer with problem details.")
        body = str(response.get("ResponseTemplates", "application/json", default=""))
        if not _is_problem(body):
            yield Finding(response, f"answers with a body that is no JSON with a title: {body}.")
        missing = response.get("ResponseType") == "MISSING_AUTHENTICATION_TOKEN"
        if response.get("StatusCode") != ("404" if missing else None):
            yield Finding(response, "answers with another status than the error's, or not with 404 where there is no such path.")


def _is_problem(body: str) -> bool:
    """Whether it becomes JSON with a title; this one variable arrives with its quotes."""
    try:
        return "title" in json.loads(body.replace("$context.error.messageString", '""'))
    except ValueError:
        return False
