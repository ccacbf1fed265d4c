"""The image is in the registry before the service asks for it, and is named by its digest.

The registry is in the bootstrap stack, and the digest is a parameter that has no default: a service whose image does not exist hangs
(aws-cdk 14994).
"""

from collections.abc import Iterator

from ci.model import Deployment, Parameter, Text
from ci.model.arns import ACCOUNT
from ci.rules import Finding
from templates import names

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#container_definition_image"
REMEDY = "Keep the repository in bootstrap, and name the image <repository>@<ImageDigest>."

DIGEST = "sha256:[0-9a-f]{64}"


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at the repository's stack, each container's image, and the digest's parameter."""
    environment = deployment.environment
    for repository in deployment.of("AWS::ECR::Repository"):
        if repository.template.name != "bootstrap":
            yield Finding(repository, "stands in a stack that is created together with the service: it would be empty then.")
    account, name = ACCOUNT, names.repository(environment)
    if environment.service.image_repository_arn:
        account, resource = environment.service.image_repository_arn.split(":")[4:]
        name = resource.removeprefix("repository/")
    elif "bootstrap" in deployment.templates and deployment.only("AWS::ECR::Repository").get("RepositoryName") != name:
        yield Finding(deployment.only("AWS::ECR::Repository"), f"is not named {name}, where tasks look for their image.")
    wanted = f"{account}.dkr.ecr.{environment.region}.amazonaws.com/{name}@"
    for definition in deployment.of("AWS::ECS::TaskDefinition"):
        for container in definition.need("ContainerDefinitions"):
            image = container.get("Image")
            if not (
                isinstance(image, Text) and image.parts[0] == wanted and isinstance(image.parts[-1], Parameter) and len(image.parts) == 2
            ):
                yield Finding(definition, f"runs {container.get('Name')} from {image}, not from {wanted}<digest>.")
            elif image.parts[-1].pattern != DIGEST or "Default" in deployment.templates["root"].parameters[image.parts[-1].name]:
                yield Finding(definition, f"takes {image.parts[-1].name}, which is not bound to be a digest that the deployment gives.")
