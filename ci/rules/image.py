"""Every image is in a registry that the network reaches before a task asks for it; the service's own is named by the deployment's digest.

A service whose image does not exist hangs (aws-cdk 14994); there is no way to a registry on the Internet. ECR hands out links to its layers
that it signed itself: a condition on the account or the principal at the S3 endpoint stops every pull.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from ci.model import Deployment
from ci.model.arns import name, written
from ci.model.identity import statements
from ci.model.tasks import Container, containers, from_own_repository, is_own, own_containers, registrations
from ci.rules import Finding, shown

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html"
REMEDY = "Next: keep the repository in bootstrap, name the image <repository>@<ImageDigest>, and mirror other images into ECR."

DIGEST = "sha256:[0-9a-f]{64}"
LAYERS = "arn:aws:s3:::prod-{region}-starport-layer-bucket/*"


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at the repositories, at each container's image, and at what the S3 endpoint lets through."""
    for repository in deployment.of("AWS::ECR::Repository"):
        if repository.template.stack is not None:
            yield Finding(repository, "is in a stack that is created together with what runs its images: it would be empty then.")
    answering = [registration.container for registration in registrations(deployment)]
    for definition, container in containers(deployment):
        known = any(container is each for each in answering)
        for problem in _problems(deployment, container, answers=known):
            yield Finding(definition, f"runs {container.get('Name')} from {shown(container.get('Image'))}: {problem}.")
    if not any(own_containers(deployment)):
        yield Finding(None, "No container runs the service's own image.")
    yield from _layers(deployment)


def _problems(deployment: Deployment, container: Container, *, answers: bool) -> Iterator[str]:
    registry, _, rest = written(deployment, container.get("Image")).partition("/")
    if not registry.endswith(f".dkr.ecr.{deployment.environment.region}.amazonaws.com"):
        yield "the network has no way to that registry"
    elif "@" not in rest:
        yield "a tag is whatever image was pushed last; a digest is not"
    if not is_own(deployment, container):
        if answers and from_own_repository(deployment, container):
            yield "the digest is not one that the deployment gives"
        return
    digest = container["Image"].parts[-1]
    if digest.pattern != DIGEST or "Default" in deployment.templates["root"].parameters[digest.name]:
        yield f"{digest.name} is not bound to be a digest that the deployment gives"
    repositories = {name(deployment, repository) for repository in deployment.of("AWS::ECR::Repository")}
    if repositories and not deployment.environment.service.image_repository_arn and rest.partition("@")[0] not in repositories:
        yield "there is no such repository"


def _layers(deployment: Deployment) -> Iterator[Finding]:
    layers = LAYERS.format(region=deployment.environment.region)
    for endpoint in deployment.of("AWS::EC2::VPCEndpoint"):
        if str(endpoint.get("ServiceName")).endswith(".s3") and "PolicyDocument" in endpoint.properties:
            given = statements(deployment, endpoint, endpoint.need("PolicyDocument"))
            open_to_all = [each for each in given if each.effect == "Allow" and not each.conditions and each.principals == {"*": ["*"]}]
            if not any("s3:GetObject" in each.actions and any(fnmatchcase(layers, on) for on in each.resources) for each in open_to_all):
                yield Finding(
                    endpoint, f"does not let a link signed by ECR through: s3:GetObject on {layers}, for everybody, unconditionally."
                )
