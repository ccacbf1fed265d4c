"""Every image is in a registry that the network reaches before a task asks for it; the service's own is named by the deployment's digest.

A service whose image does not exist hangs (aws-cdk 14994); there is no way to a registry on the Internet. ECR hands out links to its layers
that it signed itself: a condition on the account or the principal at the S3 endpoint stops every pull.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from ci.model import Deployment, Parameter
from ci.model.arns import name, written
from ci.model.identity import statements
from ci.model.tasks import containers, is_own
from ci.model.values import Text
from ci.rules import Finding, shown

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html"
REMEDY = "Next: keep the repository in bootstrap, name the image <repository>@<ImageDigest>, and mirror other images into ECR."

DIGEST = "sha256:[0-9a-f]{64}"
LAYERS = "arn:aws:s3:::prod-{region}-starport-layer-bucket/*"


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each container's image, at the repositories, and at what the S3 endpoint lets through."""
    environment, own, any_own = deployment.environment, deployment.of("AWS::ECR::Repository"), False
    for repository in own:
        if repository.template.stack is not None:
            yield Finding(repository, "is in a stack that is created together with what runs its images: it would be empty then.")
    for definition, container in containers(deployment):
        image = container.get("Image")
        registry, _, rest = written(deployment, image).partition("/")
        if not registry.endswith(f".dkr.ecr.{environment.region}.amazonaws.com"):
            yield Finding(definition, f"runs {container.get('Name')} from {shown(image)}, a registry to which the network has no way.")
        if not is_own(deployment, container):
            continue
        any_own = True
        digest = image.parts[-1] if isinstance(image, Text) else None
        if (
            not isinstance(digest, Parameter)
            or digest.pattern != DIGEST
            or "Default" in deployment.templates["root"].parameters[digest.name]
        ):
            yield Finding(definition, f"runs {container.get('Name')} from {shown(image)}: the digest is not one that the deployment gives.")
        known = {name(deployment, repository) for repository in own}
        if known and not environment.service.image_repository_arn and rest.partition("@")[0] not in known:
            yield Finding(definition, f"runs {container.get('Name')} from {shown(image)}, and there is no such repository.")
    if not any_own:
        yield Finding(None, "No container runs the service's own image.")
    layers = LAYERS.format(region=environment.region)
    for endpoint in deployment.of("AWS::EC2::VPCEndpoint"):
        if str(endpoint.get("ServiceName")).endswith(".s3") and "PolicyDocument" in endpoint.properties:
            given = statements(deployment, endpoint, endpoint.need("PolicyDocument"))
            open_to_all = [each for each in given if each.effect == "Allow" and not each.conditions and each.principals == {"*": ["*"]}]
            if not any("s3:GetObject" in each.actions and any(fnmatchcase(layers, on) for on in each.resources) for each in open_to_all):
                yield Finding(
                    endpoint, f"does not let a link signed by ECR through: s3:GetObject on {layers}, for everybody, unconditionally."
                )
