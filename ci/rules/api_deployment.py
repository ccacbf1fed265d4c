"""A change of the API reaches the stage: its deployment waits for every method, and the stage is a resource of its own.

A deployment copies the API once, when it is created: what comes later is not in it (aws-cdk 8646 and 16656, SAM 479).
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-deployment.html"
REMEDY = "Let the deployment depend on every method and gateway response of its API, and the stage refer to it."

COPIED = ("AWS::ApiGateway::Method", "AWS::ApiGateway::GatewayResponse")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare what each deployment waits for with what it copies."""
    copies = deployment.of("AWS::ApiGateway::Deployment")
    for copy in copies:
        api = copy.target("RestApiId")
        for resource in deployment.of(*COPIED):
            if resource.target("RestApiId") is api and not deployment.waits(copy, resource):
                yield Finding(copy, f"does not wait for {resource.label}, which may be missing in the stage.")
        if copy.get("StageName") is not None:
            yield Finding(copy, "makes a stage of its own, which would vanish with it.")
        stages = [stage for stage in deployment.of("AWS::ApiGateway::Stage") if stage.target("DeploymentId") is copy]
        if not stages or stages[0].target("RestApiId") is not api:
            yield Finding(copy, "is shown by no stage of its API.")
    if not copies:
        yield Finding(None, "There is no deployment of the API.")
