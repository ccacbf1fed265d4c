"""The permissions boundary: the most that any role of the stacks can ever do, whatever its own policy says."""

import awacs.ecr
import awacs.elasticloadbalancing
import awacs.logs
import awacs.secretsmanager
import awacs.ssm
import awacs.ssmmessages
from troposphere.iam import ManagedPolicy

from templates import names, policies
from templates.layer import Layer


def boundary(layer: Layer) -> ManagedPolicy:
    """The union of what the layers' roles need, on resources of this account and region (a test compares them)."""
    environment = layer.environment
    balancing = awacs.elasticloadbalancing
    repository = environment.service.image_repository_arn or policies.arn("ecr", f"repository/{names.repository(environment)}")
    statements = [
        policies.allow(
            [awacs.logs.CreateLogStream, awacs.logs.PutLogEvents, awacs.logs.DescribeLogStreams],
            [policies.arn("logs", f"log-group:{names.stack(environment)}-*")],
        ),
        policies.allow([awacs.ecr.BatchCheckLayerAvailability, awacs.ecr.BatchGetImage, awacs.ecr.GetDownloadUrlForLayer], [repository]),
        policies.allow([awacs.secretsmanager.GetSecretValue], [policies.arn("secretsmanager", "secret:rds!db-*")]),
        policies.allow(*policies.DECRYPT_SECRETS),
        policies.allow(
            [balancing.ModifyRule, balancing.ModifyListener, balancing.RegisterTargets, balancing.DeregisterTargets],
            [policies.arn("elasticloadbalancing", f"{kind}/*") for kind in ("listener", "listener-rule", "targetgroup")],
        ),
        # These take no resource.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
        policies.allow(
            [
                awacs.ecr.GetAuthorizationToken,
                awacs.logs.DescribeLogGroups,
                balancing.DescribeListeners,
                balancing.DescribeRules,
                balancing.DescribeTargetGroups,
                balancing.DescribeTargetHealth,
                awacs.ssm.UpdateInstanceInformation,
                awacs.ssmmessages.CreateControlChannel,
                awacs.ssmmessages.CreateDataChannel,
                awacs.ssmmessages.OpenControlChannel,
                awacs.ssmmessages.OpenDataChannel,
            ],
            ["*"],
        ),
    ]
    return layer.add(
        ManagedPolicy(
            "Boundary",
            ManagedPolicyName=names.boundary(environment),
            Description="The most that any role of the stacks can do",
            PolicyDocument=policies.document(*statements),
        ),
        "The most that any role of the stacks can do",
    )
