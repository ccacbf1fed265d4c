"""The stage limits, logs and traces what callers do.

Throttling is the one brake in front of the service; the access log is where an incident is read afterwards.
"""

import json
from collections.abc import Iterator

from ci.model import Deployment, Text
from ci.model.arns import ACCOUNT
from ci.model.values import references
from ci.rules import Expected, Finding, expect

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/security-monitoring.html"
REMEDY = "Restore it in templates/layers/api/, or change [api] in environments/."

LOGGED = {"$context.requestId", "$context.identity.sourceIp", "$context.httpMethod", "$context.path", "$context.status"}
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
SECRETS = ("apiKey", "authorizer.claims")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at limits, log, metrics and traces."""
    environment = deployment.environment
    kind, every = "AWS::ApiGateway::Stage", ("MethodSettings", 0)
    yield from expect(
        deployment,
        Expected(kind, (*every, "HttpMethod"), "*", "the limits are for some methods alone"),
        Expected(kind, (*every, "ResourcePath"), "/*", "the limits are for some paths alone"),
        Expected(kind, (*every, "ThrottlingRateLimit"), environment.api.throttle_rate, "the settings say otherwise"),
        Expected(kind, (*every, "ThrottlingBurstLimit"), environment.api.throttle_burst, "the settings say otherwise"),
        Expected(
            kind, (*every, "MetricsEnabled"), environment.production, "they are custom metrics, whose price production alone is worth"
        ),
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
        if not fields >= LOGGED or any(secret in field for field in fields for secret in SECRETS):
            yield Finding(stage, "logs no JSON with request, caller, method, path and status, or what callers keep secret.")
