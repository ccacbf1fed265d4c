"""Uploads: a private bucket, to which clients send files by presigned addresses of the application."""

import awacs.s3
from troposphere import Ref, Sub
from troposphere.s3 import AbortIncompleteMultipartUpload, LifecycleConfiguration, LifecycleRule

from templates.buckets import private_bucket
from templates.layer import Layer
from templates.settings import Environment

ABANDONED = LifecycleRule(Status="Enabled", AbortIncompleteMultipartUpload=AbortIncompleteMultipartUpload(DaysAfterInitiation=7))


def uploads(environment: Environment) -> Layer:
    """The bucket; it outlives the stack. An address can do what the role may that signed it."""
    layer = Layer("uploads", environment, "what clients upload")
    private_bucket(layer, "Uploads", "What clients upload", LifecycleConfiguration=LifecycleConfiguration(Rules=[ABANDONED]))
    layer.tells("UPLOADS_BUCKET", Ref("Uploads"))
    layer.lets_call("s3", [awacs.s3.GetObject, awacs.s3.PutObject], [Sub("${Uploads.Arn}/*")])
    return layer
