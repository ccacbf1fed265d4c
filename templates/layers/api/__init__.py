"""The API: a regional REST API that passes the service's documented operations, and nothing else, through a VPC link."""

from troposphere import GetAtt, Ref, Sub
from troposphere.apigateway import EndpointConfiguration, GatewayResponse, RestApi, Stage

from templates import names
from templates.layer import Layer
from templates.layers.api.authorization import authorization, grant
from templates.layers.api.domain import domain
from templates.layers.api.methods import Backend, methods
from templates.layers.api.stage import stage
from templates.layers.api.vpc_link import vpc_link
from templates.layers.api.waf import waf
from templates.measures import measure
from templates.settings import Environment

# TLS 1.3 and 1.2 with forward secrecy, also against quantum computers.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
TLS_POLICY = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"


def api(environment: Environment) -> Layer:
    """VPC link, REST API, authorization, stage, WAF and domain."""
    layer = Layer("api", environment, "the public HTTPS API in front of the private network", tier="ingress")
    rest_api = layer.add(
        RestApi(
            "RestApi",
            Name=names.stack(environment),
            Description=layer.description,
            EndpointConfiguration=EndpointConfiguration(Types=["REGIONAL"]),
            SecurityPolicy=TLS_POLICY,
            EndpointAccessMode="STRICT",
            # Behind a domain of its own the API has one address only.
            DisableExecuteApiEndpoint=environment.api.domain is not None,
        ),
        "The REST API",
    )
    _gateway_responses(layer, rest_api)
    backend = Backend(
        rest_api=rest_api, vpc_link=vpc_link(layer), host=layer.needs("EntranceHost"), authorization=authorization(layer, rest_api)
    )
    methods(layer, backend)
    api_stage = stage(layer, rest_api)
    grant(layer, api_stage)
    if environment.api.waf:
        waf(layer)
    if environment.api.domain:
        domain(layer, rest_api, api_stage, TLS_POLICY)
    host = environment.api.domain or Sub("${RestApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/" + environment.name)
    layer.provides("ApiUrl", Sub("https://${host}/", host=host), "The API's address", published=True)
    layer.provides("RestApiId", GetAtt(rest_api, "RestApiId"), "The REST API", published=True)
    if environment.api.cors_origins:
        layer.tells("CORS_ALLOWED_ORIGINS", ",".join(environment.api.cors_origins))
    _notifications(layer, rest_api, api_stage)
    return layer


def _notifications(layer: Layer, rest_api: RestApi, api_stage: Stage) -> None:
    slow = layer.environment.monitoring.latency_seconds
    errors, latency = measure("5XXError", "Sum", rest_api, api_stage), measure("Latency", "p99", rest_api, api_stage)
    layer.alarm("GatewayErrors", "API Gateway answers with server errors", errors, above=5, minutes=3)
    layer.alarm("Latency", f"One request in a hundred takes longer than {slow:g} s", latency, above=slow * 1000)
    layer.graph("Requests", "Sum", *(measure(name, "Sum", rest_api, api_stage) for name in ("Count", "4XXError", "5XXError")))
    layer.graph("Latency", "p99", latency, measure("IntegrationLatency", "p99", rest_api, api_stage))


def _gateway_responses(layer: Layer, rest_api: RestApi) -> None:
    """The gateway's own errors in the shape of the service's: problem details, RFC 9457."""
    headers = {"gatewayresponse.header.Content-Type": "'application/problem+json'"}
    if layer.environment.api.cors_origins:
        # These say nothing secret, so that any page may read why its call was refused.
        headers["gatewayresponse.header.Access-Control-Allow-Origin"] = "'*'"
    responses: list[tuple[str, str | None, str]] = [
        ("DEFAULT_4XX", None, "what the caller did wrong"),
        ("DEFAULT_5XX", None, "what went wrong on the way to the service"),
    ]
    if layer.environment.api.authorization != "iam":
        # Where nobody signs requests, this means that the path does not exist, and would be a 403.
        responses.append(("MISSING_AUTHENTICATION_TOKEN", "404", "that there is no such path"))
    for response_type, status, why in responses:
        response = GatewayResponse(
            "".join(part.capitalize() for part in response_type.split("_")),
            RestApiId=Ref(rest_api),
            ResponseType=response_type,
            ResponseParameters=headers,
            ResponseTemplates={
                "application/json": '{"type": "about:blank", "title": '
                + ('"Not found"' if status else "$context.error.messageString")
                + ', "instance": "urn:aws:request:$context.requestId"}'
            },
        )
        if status:
            response.StatusCode = status
        layer.add(response, f"Problem details that say {why}")
