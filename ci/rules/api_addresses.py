"""The API has one address: its own domain where one is declared, else the gateway's, in this region.

A second address is reached around what stands in front of the first.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference
from ci.rules import Finding

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html"
REMEDY = "Leave addresses to templates/layers/api/, and api.domain to environments/."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at the API's endpoint, and at what its domain leads to."""
    environment, kind = deployment.environment, "AWS::ApiGateway::Stage"
    for api in deployment.of("AWS::ApiGateway::RestApi"):
        if api.get("EndpointConfiguration", "Types") != ["REGIONAL"]:
            yield Finding(api, "is not regional: it would be reached around the WAF and the region.")
        if bool(api.get("DisableExecuteApiEndpoint")) is not (environment.api.domain is not None):
            yield Finding(api, "has two addresses, or none.")
        domains = deployment.of("AWS::ApiGateway::DomainName")
        wanted = [(environment.api.domain, {"Types": ["REGIONAL"]})] if environment.api.domain else []
        if [(domain.get("DomainName"), domain.get("EndpointConfiguration")) for domain in domains] != wanted:
            yield Finding(api, "has another domain than the settings give it, or one that is not regional.")
        mapped = [mapping.properties for mapping in deployment.of("AWS::ApiGateway::BasePathMapping")]
        if mapped != [
            {"DomainName": Reference(domain), "RestApiId": Reference(api), "Stage": Reference(stage)}
            for domain in domains
            for stage in deployment.of(kind)
        ]:
            yield Finding(api, "has a domain that does not lead to its stage.")
