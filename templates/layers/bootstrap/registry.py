"""The registry: it stands before the service, whose first tasks would wait for an image for hours."""

import json

import awacs.ecr
from awacs.aws import Principal
from troposphere import GetAtt, Ref
from troposphere.ecr import EncryptionConfiguration, ImageScanningConfiguration, LifecyclePolicy, Repository

from templates import names, policies, tasks
from templates.layer import Layer

# Images with a version stay for good, so that every version can be deployed again; what lost its tag, or never had one, goes.
KEEP_UNTAGGED_DAYS = 14


def registry(layer: Layer) -> None:
    """The repository: tags never move, pushed images are scanned, other accounts pull where the settings name them."""
    environment = layer.environment
    rule = {
        "rulePriority": 1,
        "description": "Images without a tag",
        "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": KEEP_UNTAGGED_DAYS},
        "action": {"type": "expire"},
    }
    repository = Repository(
        "Repository",
        RepositoryName=names.repository(environment),
        ImageTagMutability="IMMUTABLE",
        ImageScanningConfiguration=ImageScanningConfiguration(ScanOnPush=True),
        EncryptionConfiguration=EncryptionConfiguration(EncryptionType="AES256"),
        LifecyclePolicy=LifecyclePolicy(LifecyclePolicyText=json.dumps({"rules": [rule]})),
        # Kept, but not by a first creation that fails: its name would stop the second one.
        DeletionPolicy="RetainExceptOnCreate",
        UpdateReplacePolicy="Retain",
    )
    if environment.account.image_pull_accounts:
        # A deployment looks for the image first. https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
        pull = [*tasks.PULL, awacs.ecr.DescribeImages]
        others = [f"arn:aws:iam::{account}:root" for account in environment.account.image_pull_accounts]
        # A repository's policy names no resource: it is the repository.
        repository.RepositoryPolicyText = policies.document(policies.of_resource(pull, Principal("AWS", others)))
    layer.add(repository, "The service's images")
    layer.provides("RepositoryUri", GetAtt(repository, "RepositoryUri"), "Where images are pushed", published=True)
    layer.provides("RepositoryName", Ref(repository), "The repository's name", published=True)
