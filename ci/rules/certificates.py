"""Who shows a certificate shows the one that the deployment gives for it.

The certificate of another domain is taken without a word, and then no client accepts it.
"""

from collections.abc import Iterator

from ci.model import Deployment, Parameter
from ci.rules import Finding, shown
from templates.parameters import PARAMETERS

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-regional-api-custom-domain-create.html"
REMEDY = "Need it by its name in templates/parameters.py."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare what the ALB's listener and the API's domain show with the root's parameters."""
    for listener in deployment.of("AWS::ElasticLoadBalancingV2::Listener"):
        tls = deployment.environment.end_to_end and listener.target("LoadBalancerArn").get("Type") == "application"
        wanted = [{"CertificateArn": given("CertificateArn")}] if tls else None
        if listener.get("Certificates") != wanted:
            yield Finding(listener, f"shows {shown(listener.get('Certificates'))}, not {shown(wanted)}.")
    for domain in deployment.of("AWS::ApiGateway::DomainName"):
        if domain.get("RegionalCertificateArn") != given("ApiCertificateArn"):
            yield Finding(domain, f"shows {shown(domain.get('RegionalCertificateArn'))}, not {given('ApiCertificateArn')}.")


def given(name: str) -> Parameter:
    """The value that the deployment gives by this name."""
    return Parameter(name, PARAMETERS[name].pattern)
