"""A request finds its way from the gateway to the tasks: each hop's port and protocol are those of the next.

VPC link to balancer, listener to what stands behind it; the target groups have a rule of their own.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html"
REMEDY = "Take ports and protocols from the settings (listener_port, container_port) on both sides."

LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"


def check(deployment: Deployment) -> Iterator[Finding]:
    """Follow the way hop by hop."""
    environment = deployment.environment
    http = "HTTPS" if environment.end_to_end else "HTTP"
    by_type = {balancer.get("Type"): balancer for balancer in deployment.of(BALANCER)}
    expected = {"application", "network"} if environment.ingress == "nlb" else {"application"}
    if by_type.keys() != expected or len(by_type) != len(deployment.of(BALANCER)):
        yield Finding(None, f"The balancers are not one each of {', '.join(sorted(expected))}.")
        return
    for listener in deployment.of(LISTENER):
        network = listener.target("LoadBalancerArn").get("Type") == "network"
        wanted = (environment.listener_port, "TCP" if network else http)
        if (listener.get("Port"), listener.get("Protocol")) != wanted:
            yield Finding(listener, f"listens on {listener.get('Port')} {listener.get('Protocol')}, not on {wanted[0]} {wanted[1]}.")
        [action] = listener.need("DefaultActions")
        if network:
            if listener.target("DefaultActions", 0, "TargetGroupArn").get("TargetType") != "alb" or action.get("Type") != "forward":
                yield Finding(listener, "does not pass connections on to the ALB.")
        elif action.get("Type") != "fixed-response" or not _is_404(action.get("FixedResponseConfig", {})):
            yield Finding(listener, "does not answer 404, in plain text, where no rule matches.")
    owners = [listener.target("LoadBalancerArn") for listener in deployment.of(LISTENER)]
    if len(set(owners)) != len(owners) or set(owners) != set(by_type.values()):
        yield Finding(None, "Not every balancer has exactly one listener.")
    entrance = by_type["network" if environment.ingress == "nlb" else "application"]
    for link in deployment.of("AWS::ApiGateway::VpcLink"):
        if link.targets("TargetArns") != [entrance]:
            yield Finding(link, f"does not lead to {entrance.label}.")
    links = deployment.of("AWS::ApiGateway::VpcLink" if environment.ingress == "nlb" else "AWS::ApiGatewayV2::VpcLink")
    if len(links) != 1 or len(deployment.of("AWS::ApiGateway::VpcLink", "AWS::ApiGatewayV2::VpcLink")) != 1:
        yield Finding(None, f"There is not one VPC link of the kind that the ingress {environment.ingress} needs.")
    for balancer in deployment.of(BALANCER):
        if balancer.get("Type") == "network" and balancer.get("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic") != "off":
            yield Finding(balancer, "checks its inbound rules on what comes from the VPC link, and none of them lets it in.")


def _is_404(response: dict[str, str]) -> bool:
    return response.get("StatusCode") == "404" and response.get("ContentType", "text/plain") == "text/plain"
