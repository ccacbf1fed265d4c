"""What the tasks are told is what stands behind them, whole: the database's host, secret and name, the host name of requests.

A variable that leads elsewhere, or one too many, is found out when the first request fails.
"""

from collections.abc import Iterator

from ci.model import Deployment, Reference
from ci.model.entrance import host
from ci.rules import Finding, compare
from templates import fargate, names

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_KeyValuePair.html"
REMEDY = "Need the value by its name (Layer.needs), and let no variable be written by hand."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare each container's variables with the resources that they name."""
    environment = deployment.environment
    instance = deployment.only("AWS::RDS::DBInstance")
    wanted = {
        "ALLOWED_HOSTS": host(deployment),
        "DATABASE_HOST": Reference(instance, "Endpoint.Address"),
        # A snapshot brings its name.
        "DATABASE_NAME": names.DATABASE if environment.database.snapshot else instance.get("DBName"),
        "DATABASE_PORT": str(instance.get("Port", default=names.DATABASE_PORT)),
        "DATABASE_SECRET_ARN": Reference(instance, "MasterUserSecret.SecretArn"),
        "WEB_CONCURRENCY": str(fargate.workers(environment.service.cpu)),
        "WEB_THREADS": str(fargate.THREADS),
        "TLS": "on" if environment.end_to_end else "off",
        "CORS_ALLOWED_ORIGINS": ",".join(environment.api.cors_origins) or None,
        "ENVIRONMENT": environment.name,
        "LOG_LEVEL": environment.service.log_level,
        "PORT": str(environment.container_port),
    }
    wanted = {name: value for name, value in wanted.items() if value is not None}
    for definition in deployment.of("AWS::ECS::TaskDefinition"):
        for index, container in enumerate(definition.need("ContainerDefinitions")):
            told = container.get("Environment", [])
            variables = definition.pairs("ContainerDefinitions", index, "Environment", key="Name")
            why = f"{container.get('Name')} is told what the settings say, and no more"
            yield from compare(definition, "Environment", variables, wanted, why)
            if len(variables) != len(told):
                yield Finding(definition, f"tells {container.get('Name')} one thing twice.")
            if container.get("Secrets"):
                yield Finding(definition, "has secrets in its variables, which stay as they were when a secret is rotated.")
