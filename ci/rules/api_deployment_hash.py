"""The deployment's logical id is the hash of all that it deploys, and of what stands behind it.

Only a new deployment copies the API again: under an old id a change would not reach the stage.
"""

import hashlib
from collections.abc import Iterator

import msgspec

from ci.model import Deployment
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-deployment.html"
REMEDY = "Render the templates anew: python generate.py."

KINDS = ("Account", "ApiKey", "BasePathMapping", "Deployment", "DomainName", "Stage", "UsagePlan", "UsagePlanKey")
NOT_COPIED = frozenset(f"AWS::ApiGateway::{kind}" for kind in KINDS)


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compute the hash from the template and compare."""
    environment = deployment.environment
    for copy in deployment.of("AWS::ApiGateway::Deployment"):
        copied = {
            resource.logical_id: resource.raw
            for resource in copy.template.resources.values()
            if resource.type.startswith(("AWS::ApiGateway::", "AWS::ApiGatewayV2::")) and resource.type not in NOT_COPIED
        }
        network = environment.network
        behind = [environment.ingress, environment.encryption, environment.certificate_domain, network.cidr, network.zones]
        digest = hashlib.sha256(msgspec.json.encode([copied, behind], order="sorted")).hexdigest()[:12]
        if copy.logical_id != f"Deployment{digest}":
            yield Finding(copy, f"has a logical id that does not end with {digest}, the hash of what it deploys.")
