"""What only the deployment knows comes from the root's parameter for it, bound to its pattern and without a default.

The certificate of another domain is taken without a word, and then no client accepts it.
"""

from collections.abc import Iterator

from ci.model import Deployment, Parameter
from ci.rules import Finding, shown
from templates.parameters import PARAMETERS

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html"
REMEDY = "Need it by its name in templates/parameters.py."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each certificate, and at the root's parameters; the image's digest and the prefix list have rules of their own."""
    for listener in deployment.of("AWS::ElasticLoadBalancingV2::Listener"):
        tls = deployment.environment.end_to_end and listener.target("LoadBalancerArn").get("Type") == "application"
        wanted = [{"CertificateArn": given("CertificateArn")}] if tls else None
        if listener.get("Certificates") != wanted:
            yield Finding(listener, f"shows {shown(listener.get('Certificates'))}, not {shown(wanted)}.")
    for domain in deployment.of("AWS::ApiGateway::DomainName"):
        if domain.get("RegionalCertificateArn") != given("ApiCertificateArn"):
            yield Finding(domain, f"shows {shown(domain.get('RegionalCertificateArn'))}, not {given('ApiCertificateArn')}.")
    root = deployment.templates["root"]
    for name, parameter in root.parameters.items():
        if "Default" in parameter:
            yield Finding(root, f"has a default for {name}, which would be deployed where nobody says which.")


def given(name: str) -> Parameter:
    """The value that the deployment gives by this name."""
    return Parameter(name, PARAMETERS[name].pattern)
