"""What must be there before the root stack: the registry, the artifacts, and the roles that deploy."""

from collections.abc import Sequence

from troposphere import GetAtt, Ref
from troposphere.s3 import (
    AbortIncompleteMultipartUpload,
    LifecycleConfiguration,
    LifecycleRule,
    NoncurrentVersionExpiration,
    VersioningConfiguration,
)

from templates.buckets import private_bucket
from templates.layer import Layer
from templates.layers.bootstrap.boundary import boundary
from templates.layers.bootstrap.deploy_role import deploy_role
from templates.layers.bootstrap.execution_role import execution_role
from templates.layers.bootstrap.registry import registry
from templates.settings import Environment


def bootstrap(environment: Environment, nested: Sequence[Layer]) -> Layer:
    """ECR repository, artifact bucket, execution role with its boundary, and GitHub's deploy role.

    `nested` are the layers that these roles create: what they may do follows from them.
    """
    layer = Layer("bootstrap", environment, "the registry, and the roles that deploy")
    registry(layer)
    private_bucket(
        layer,
        "Artifacts",
        "Packaged templates",
        VersioningConfiguration=VersioningConfiguration(Status="Enabled"),
        LifecycleConfiguration=LifecycleConfiguration(
            Rules=[
                LifecycleRule(
                    Status="Enabled",
                    NoncurrentVersionExpiration=NoncurrentVersionExpiration(NoncurrentDays=90),
                    AbortIncompleteMultipartUpload=AbortIncompleteMultipartUpload(DaysAfterInitiation=7),
                )
            ]
        ),
    )
    layer.provides("ArtifactBucket", Ref("Artifacts"), "Where `aws cloudformation package` puts templates", published=True)
    boundary(layer, nested)
    role = execution_role(layer, nested)
    layer.provides("ExecutionRoleArn", GetAtt(role, "Arn"), "The role with which CloudFormation creates the stacks", published=True)
    if environment.account.github_repository:
        layer.provides(
            "DeployRoleArn", GetAtt(deploy_role(layer, role), "Arn"), "The role that workflows on GitHub take on", published=True
        )
    return layer
