"""Empties and deletes what the deletion of a stack leaves behind."""

from ci.deployed.environment import Deployed
from ci.deployed.verb import say


def empty_bucket(deployed: Deployed, bucket: str) -> None:
    """All objects in all versions, then the bucket."""
    storage = deployed.client("s3")
    try:
        for page in storage.get_paginator("list_object_versions").paginate(Bucket=bucket):
            found = [
                {"Key": each["Key"], "VersionId": each["VersionId"]} for each in page.get("Versions", []) + page.get("DeleteMarkers", [])
            ]
            if found:
                storage.delete_objects(Bucket=bucket, Delete={"Objects": found, "Quiet": True})
        storage.delete_bucket(Bucket=bucket)
    except storage.exceptions.NoSuchBucket:
        return
    say(f"Deleted the bucket {bucket}")


def empty_repository(deployed: Deployed, repository: str) -> None:
    """All images, then the repository: its name would stop the next bootstrap."""
    registry = deployed.client("ecr")
    try:
        registry.delete_repository(repositoryName=repository, force=True)
    except registry.exceptions.RepositoryNotFoundException:
        return
    say(f"Deleted the images of {repository}")
