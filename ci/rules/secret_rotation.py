"""RDS makes, keeps and rotates the database's password: no function of ours, and no password in a template.

A rotation function needs a way to Secrets Manager and to the database, and times out inside the network without one (aws-cdk 17265).
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Expected, Finding, expect

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html"
REMEDY = "Set ManageMasterUserPassword, and let no function, secret or password stand in the templates."


def check(deployment: Deployment) -> Iterator[Finding]:
    """The password is managed, and nothing else tries to."""
    instance = "AWS::RDS::DBInstance"
    yield from expect(
        deployment,
        Expected(instance, ("ManageMasterUserPassword",), True, "nobody keeps and rotates the password"),
        Expected(instance, ("MasterUserPassword",), None, "a password stands in a template"),
        # A snapshot brings it.
        Expected(
            instance,
            ("MasterUsername",),
            None if deployment.environment.database.snapshot else "books_owner",
            "the service's roles are made for the owner books_owner",
        ),
    )
    for resource in deployment:
        if resource.type.startswith(("AWS::SecretsManager::", "AWS::Lambda::", "AWS::Serverless::")):
            yield Finding(resource, f"is a {resource.type}: passwords are RDS's to rotate, and no function has a way out of the network.")
