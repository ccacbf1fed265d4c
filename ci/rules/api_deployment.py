"""A change of the API reaches the stage: its deployment waits for all that it copies, under an id of its own, and the stage shows it.

A deployment copies the API once, when it is created: what comes later is not in it (aws-cdk 8646 and 16656, SAM 479).
"""

import re
from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-deployment.html"
REMEDY = "Let the deployment depend on every method and gateway response of its API, and its id end with a hash of them."

COPIED = ("AWS::ApiGateway::Method", "AWS::ApiGateway::GatewayResponse")
# The same id would be the same copy, whatever has changed.
HASH = re.compile(r"[A-Za-z]+[0-9a-f]{8,64}")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare what each deployment waits for with what it copies."""
    copies = deployment.of("AWS::ApiGateway::Deployment")
    shown = {stage.target("DeploymentId"): stage for stage in deployment.of("AWS::ApiGateway::Stage")}
    for copy in copies:
        api = copy.target("RestApiId")
        for resource in deployment.of(*COPIED):
            if resource.target("RestApiId") is api and not deployment.waits(copy, resource):
                yield Finding(copy, f"does not wait for {resource.label}, which may be missing in the stage.")
        if copy.get("StageName") is not None:
            yield Finding(copy, "makes a stage of its own, which would vanish with it.")
        if HASH.fullmatch(copy.logical_id) is None:
            yield Finding(copy, "has a logical id without a hash of what it copies: a change would not reach the stage.")
        if copy not in shown or shown[copy].target("RestApiId") is not api:
            yield Finding(copy, "is shown by no stage of its API.")
    for api in deployment.of("AWS::ApiGateway::RestApi"):
        if not any(copy.target("RestApiId") is api for copy in copies):
            yield Finding(api, "has no deployment, so that nobody can call it.")
