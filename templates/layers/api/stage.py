"""What callers reach: a deployment of all the methods, and the stage with its log, limits and traces."""

import hashlib
import json

from troposphere import Ref, Sub
from troposphere.apigateway import AccessLogSetting, Deployment, MethodSetting, RestApi, Stage
from troposphere.logs import LogGroup

from templates.encoding import encode
from templates.layer import Layer

# A deployment is a copy of these; a change to anything else needs none.
DEPLOYED = ("AWS::ApiGateway::", "AWS::ApiGatewayV2::")

ACCESS_LOG = {
    "requestId": "$context.requestId",
    "extendedRequestId": "$context.extendedRequestId",
    "traceId": "$context.xrayTraceId",
    "time": "$context.requestTime",
    "ip": "$context.identity.sourceIp",
    "userAgent": "$context.identity.userAgent",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "resource": "$context.resourcePath",
    "protocol": "$context.protocol",
    "tls": "$context.tlsVersion",
    "status": "$context.status",
    "bytes": "$context.responseLength",
    "milliseconds": "$context.responseLatency",
    "integrationMilliseconds": "$context.integrationLatency",
    "integrationStatus": "$context.integrationStatus",
    "error": "$context.error.message",
    "integrationError": "$context.integrationErrorMessage",
    "authorizerError": "$context.authorizer.error",
    "wafStatus": "$context.waf.status",
}


def stage(layer: Layer, rest_api: RestApi) -> Stage:
    """The deployment, whose logical id changes with what it deploys, and the stage that shows it to callers."""
    environment = layer.environment
    layer.add(LogGroup("AccessLogGroup", RetentionInDays=environment.log_days), "A line for each request")
    deployment = _deployment(layer, rest_api)
    return layer.add(
        Stage(
            "Stage",
            StageName=environment.name,
            RestApiId=Ref(rest_api),
            DeploymentId=Ref(deployment),
            TracingEnabled=True,
            AccessLogSetting=AccessLogSetting(
                DestinationArn=Sub(
                    "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${AccessLogGroup}",
                ),
                Format=json.dumps(ACCESS_LOG),
            ),
            MethodSettings=[
                MethodSetting(
                    HttpMethod="*",
                    ResourcePath="/*",
                    # For each method, at the price of custom metrics; those of the whole API are there anyway.
                    MetricsEnabled=environment.production,
                    # The execution log would hold headers and bodies.
                    LoggingLevel="OFF",
                    DataTraceEnabled=False,
                    ThrottlingRateLimit=environment.api.throttle_rate,
                    ThrottlingBurstLimit=environment.api.throttle_burst,
                )
            ],
        ),
        "What callers reach",
    )


def _deployment(layer: Layer, rest_api: RestApi) -> Deployment:
    """A deployment copies the API once, when it is created: a change reaches the stage only through a new one.

    The hash covers the API, methods, authorizer, gateway responses and VPC link, and the settings that replace
    what the link leads to.
    """
    environment = layer.environment
    resources = layer.template.resources
    deployed = {name: resource for name, resource in resources.items() if str(resource.resource_type).startswith(DEPLOYED)}
    behind = [
        environment.ingress,
        environment.encryption,
        environment.certificate_domain,
        environment.network.cidr,
        environment.network.zones,
    ]
    digest = hashlib.sha256(encode([deployed, behind])).hexdigest()[:12]
    methods = [name for name, resource in resources.items() if resource.resource_type == "AWS::ApiGateway::Method"]
    responses = [name for name, resource in resources.items() if resource.resource_type == "AWS::ApiGateway::GatewayResponse"]
    return layer.add(
        Deployment(f"Deployment{digest}", RestApiId=Ref(rest_api), DependsOn=sorted(methods + responses)),
        "A copy of the API as it is now, which the stage shows",
    )
