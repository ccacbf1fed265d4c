"""The database takes TLS alone, its parameters fit its version, and it has connections for the most tasks.

During a deployment two versions run at full scale, and each starting task migrates.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Expected, Finding, expect
from templates import fargate, instance_classes
from templates.settings_checks import VERSIONS_AT_ONCE

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections"
REMEDY = "Correct templates/layers/database.py, or choose a larger database.instance_class."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at family, port, certificate and connections."""
    kind, environment = "AWS::RDS::DBInstance", deployment.environment
    yield from expect(
        deployment,
        Expected(kind, ("Port",), "5432", "security groups and tasks use 5432"),
        Expected(kind, ("CACertificateIdentifier",), "rds-ca-rsa2048-g1", "the service trusts that authority"),
        Expected("AWS::RDS::DBParameterGroup", ("Parameters",), {"rds.force_ssl": "1"}, "what else it sets, nobody has judged"),
    )
    for instance in deployment.of(kind):
        parameters = instance.target("DBParameterGroupName")
        # A snapshot brings its own version, which preflight compares with the settings.
        family = f"{instance.get('Engine')}{instance.get('EngineVersion', default=environment.database.engine_version)}"
        if parameters.get("Family") != family:
            yield Finding(parameters, f"is of the family {parameters.get('Family')}, not {family}.")
        size = str(instance.need("DBInstanceClass"))
        offered = instance_classes.max_connections(size) if size in instance_classes.MEMORY_GIB else 0
        needed = environment.service.max_tasks * VERSIONS_AT_ONCE * fargate.connections(environment.service.cpu)
        if needed > offered:
            yield Finding(instance, f"takes about {offered} connections as {size}; a deployment needs up to {needed}.")
    for group in deployment.of("AWS::RDS::DBSubnetGroup"):
        if len({subnet.get("AvailabilityZone") for subnet in group.targets("SubnetIds")}) < 2:
            yield Finding(group, "is in one zone; a standby needs another.")
