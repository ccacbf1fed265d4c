"""A domain of your own in front of the API; its DNS record is yours to make, to the published target."""

from troposphere import GetAtt, Ref
from troposphere.apigateway import BasePathMapping, DomainName, EndpointConfiguration, RestApi, Stage

from templates.layer import Layer


def domain(layer: Layer, rest_api: RestApi, stage: Stage, tls_policy: str) -> None:
    """The custom domain and its mapping to the stage."""
    name = layer.add(
        DomainName(
            "Domain",
            DomainName=layer.environment.api.domain,
            RegionalCertificateArn=layer.needs("ApiCertificateArn"),
            EndpointConfiguration=EndpointConfiguration(Types=["REGIONAL"]),
            SecurityPolicy=tls_policy,
            EndpointAccessMode="STRICT",
        ),
        "The API's own domain",
    )
    layer.add(
        BasePathMapping("DomainMapping", DomainName=Ref(name), RestApiId=Ref(rest_api), Stage=Ref(stage)), "Leads the domain to the stage"
    )
    layer.provides("DomainTarget", GetAtt(name, "RegionalDomainName"), "Where the domain's DNS record must point", published=True)
