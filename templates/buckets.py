"""Private, encrypted S3 buckets that are reached over TLS alone."""

from typing import Any

import awacs.s3
from awacs.aws import Bool, Condition, Principal, Statement
from troposphere import Ref
from troposphere.s3 import (
    Bucket,
    BucketEncryption,
    BucketPolicy,
    PublicAccessBlockConfiguration,
    ServerSideEncryptionByDefault,
    ServerSideEncryptionRule,
)

from templates import policies
from templates.layer import Layer


def private_bucket(layer: Layer, title: str, description: str, *statements: Statement, **properties: Any) -> BucketPolicy:
    """Add a bucket and its policy, to which `statements` add who else may use it; return the policy."""
    layer.add(
        Bucket(
            title,
            # Keys of S3 itself: the log delivery knows no other.
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
            BucketEncryption=BucketEncryption(
                ServerSideEncryptionConfiguration=[
                    ServerSideEncryptionRule(ServerSideEncryptionByDefault=ServerSideEncryptionByDefault(SSEAlgorithm="AES256"))
                ]
            ),
            PublicAccessBlockConfiguration=PublicAccessBlockConfiguration(
                BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True
            ),
            # A bucket that holds something cannot be deleted, and would stop the deletion of its stack.
            DeletionPolicy="Retain",
            UpdateReplacePolicy="Retain",
            **properties,
        ),
        description,
    )
    plain = policies.deny(
        [awacs.s3.GetObject, awacs.s3.PutObject],
        [policies.arn("s3", f"${{{title}}}/*", region=False, account=False)],
        Condition(Bool("aws:SecureTransport", False)),
        Principal=Principal("*"),
    )
    return layer.add(
        BucketPolicy(f"{title}Policy", Bucket=Ref(title), PolicyDocument=policies.document(*statements, plain)),
        f"{description}: over TLS alone",
    )
