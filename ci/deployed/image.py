"""The image that is to run: a version is a tag of the registry, a deployment takes its digest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ci.deployed.errors import RefusedError
from templates import names

if TYPE_CHECKING:
    # Not boto3, which building an image does without.
    from ci.deployed.environment import Deployed

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
VERSION = re.compile(r"v?((0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*))", re.ASCII)


def version(text: str) -> str:
    """A version as the registry's tags have it, 1.2.0 for v1.2.0; raises RefusedError."""
    if match := VERSION.fullmatch(text):
        return match[1]
    raise RefusedError(f"{text} is no version: give three numbers such as 1.2.0.")


def digest(deployed: Deployed, image: str) -> str:
    """The digest of a version, or of a digest that exists; raises RefusedError."""
    wanted = {"imageDigest": image} if DIGEST.fullmatch(image) else {"imageTag": version(image)}
    where, ecr = repository(deployed), deployed.client("ecr")
    try:
        found = ecr.describe_images(**where, imageIds=[wanted])["imageDetails"]
    except (ecr.exceptions.ImageNotFoundException, ecr.exceptions.RepositoryNotFoundException):
        found = []
    if not found:
        raise RefusedError(
            f"There is no image {image} in {where['repositoryName']}: push it with python -m ci image push {deployed.name} VERSION, "
            f"or name one of these: {', '.join(versions(deployed)) or 'none yet'}."
        )
    here: str = found[0]["imageDigest"]
    return here


def versions(deployed: Deployed, of: str | None = None) -> list[str]:
    """The versions in the registry, or those of one digest, the newest last."""
    ecr = deployed.client("ecr")
    try:
        pages = ecr.get_paginator("describe_images").paginate(**repository(deployed), filter={"tagStatus": "TAGGED"})
        details: list[dict[str, Any]] = [image for page in pages for image in page["imageDetails"]]
    except ecr.exceptions.ClientError:
        # Only for information: who may not list, or has no registry yet, sees none.
        return []
    tags = {tag for image in details if of in (None, image["imageDigest"]) for tag in image.get("imageTags", [])}
    matches = sorted(filter(None, map(VERSION.fullmatch, tags)), key=lambda match: [int(part) for part in match.groups()[1:]])
    return [match[0] for match in matches]


def repository(deployed: Deployed) -> dict[str, str]:
    """Where the images are, as ECR's calls take it: the environment's own repository, or another account's."""
    arn = deployed.settings.service.image_repository_arn
    if arn is None:
        return {"repositoryName": names.repository(deployed.settings)}
    account, _, name = arn.split(":", 4)[4].partition(":repository/")
    return {"registryId": account, "repositoryName": name}
