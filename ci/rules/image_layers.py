"""The S3 endpoint lets ECR's signed links to image layers through: they name the bucket, and no account of ours.

A condition on the account or the principal stops every pull, because ECR signed the link itself.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.model.identity import statements
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms"
REMEDY = "Allow s3:GetObject on the region's layer bucket alone, to every principal, without a condition."


def check(deployment: Deployment) -> Iterator[Finding]:
    """The S3 endpoint's policy is exactly that one statement."""
    region = deployment.environment.region
    for endpoint in deployment.of("AWS::EC2::VPCEndpoint"):
        if not str(endpoint.get("ServiceName")).endswith(".s3"):
            continue
        for statement in statements(deployment, endpoint, endpoint.need("PolicyDocument")):
            if statement.conditions or statement.principals != {"*": ["*"]} or statement.effect != "Allow":
                yield Finding(endpoint, "has a condition or a principal that a link signed by ECR does not fulfil.")
            if statement.resources != [f"arn:aws:s3:::prod-{region}-starport-layer-bucket/*"] or statement.actions != ["s3:GetObject"]:
                yield Finding(endpoint, f"lets through {statement.actions} on {statement.resources}, not image layers of {region} alone.")
