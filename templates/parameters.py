"""What is known only at deploy time: parameters of the root stack, each with the pattern that its value must match."""

from typing import NamedTuple

from templates.settings import Environment


class DeploymentParameter(NamedTuple):
    """A parameter that the deployment gives."""

    description: str
    pattern: str
    remedy: str


ACM = r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[0-9a-f-]{36}"

PARAMETERS = {
    "ImageDigest": DeploymentParameter(
        "The digest of the image to run, in the environment's repository", r"sha256:[0-9a-f]{64}", "sha256: and 64 hexadecimal digits"
    ),
    "S3PrefixListId": DeploymentParameter(
        "The id of the region's managed prefix list com.amazonaws.<region>.s3", r"pl-[0-9a-f]{8,17}", "an id such as pl-63a5400a"
    ),
    "DynamodbPrefixListId": DeploymentParameter(
        "The id of the region's managed prefix list com.amazonaws.<region>.dynamodb", r"pl-[0-9a-f]{8,17}", "an id such as pl-02cd2c6b"
    ),
    "CertificateArn": DeploymentParameter(
        "The ACM certificate of the ALB's listener, in this region", ACM, "the ARN of a certificate in AWS Certificate Manager"
    ),
    "ApiCertificateArn": DeploymentParameter(
        "The ACM certificate of the API's domain, in this region", ACM, "the ARN of a certificate in AWS Certificate Manager"
    ),
}

# What a deployment looks up, and the service whose managed prefix list it is.
PREFIX_LISTS = {"DynamodbPrefixListId": "dynamodb", "S3PrefixListId": "s3"}


def needed(environment: Environment, names: set[str]) -> dict[str, DeploymentParameter]:
    """Those of the parameters that this environment's layers need, the region's name filled in."""
    return {
        name: parameter._replace(description=parameter.description.replace("<region>", environment.region))
        for name, parameter in PARAMETERS.items()
        if name in names
    }
