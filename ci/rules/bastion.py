"""The bastion is there only if declared, takes no key and no call, and gives its credentials to no program that asks carelessly.

Session Manager is its one door; version 2 of the metadata service keeps a forged request from reading the role's credentials.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Expected, Finding, expect

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html"
REMEDY = "Leave the instance to templates/layers/bastion.py, and bastion = true or false to environments/."

IMAGE = "{{resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64}}"
SIZES = ("t4g.nano", "t4g.micro", "t4g.small")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at whether it is there, and at its doors."""
    instances = deployment.of("AWS::EC2::Instance")
    if len(instances) != deployment.environment.bastion:
        yield Finding(
            instances[0] if instances else None, f"There are {len(instances)} instances, but bastion = {deployment.environment.bastion}."
        )
    kind = "AWS::EC2::Instance"
    yield from expect(
        deployment,
        Expected(kind, ("MetadataOptions", "HttpTokens"), "required", "a forged request could read the role's credentials"),
        Expected(kind, ("MetadataOptions", "HttpPutResponseHopLimit"), 1, "a container on it could read the role's credentials"),
        Expected(kind, ("MetadataOptions", "HttpEndpoint"), "enabled", "the agent reads its credentials there"),
        Expected(kind, ("BlockDeviceMappings", 0, "DeviceName"), "/dev/xvda", "another disk than the root would be encrypted"),
        Expected(kind, ("BlockDeviceMappings", 0, "Ebs", "VolumeType"), "gp3", "it costs least"),
        Expected(kind, ("KeyName",), None, "people come through Session Manager alone"),
        Expected(kind, ("UserData",), None, "the image has all that it needs"),
        Expected(kind, ("ImageId",), IMAGE, "it is not Amazon's newest image for ARM"),
        Expected(kind, ("InstanceType",), lambda size: size in SIZES, "the image is for ARM, and a tunnel needs little"),
    )
