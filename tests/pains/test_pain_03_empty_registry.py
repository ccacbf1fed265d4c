"""Pain 3: at the first deployment the registry is empty (aws-cdk 14994)."""

from tests.deployments import objections, properties, rendered

RULE = "image"


def test_the_rendered_image_is_named_by_its_digest_from_the_bootstrap_registry() -> None:
    assert not objections(RULE, rendered("prod"))


def test_a_registry_beside_the_service_is_found() -> None:
    templates = rendered("prod")
    templates["service"]["Resources"]["Repository"] = templates["bootstrap"]["Resources"].pop("Repository")
    del templates["bootstrap"]["Outputs"]["RepositoryName"], templates["bootstrap"]["Outputs"]["RepositoryUri"]
    assert "created together with what runs its images" in objections(RULE, templates)


def test_an_image_by_tag_is_found() -> None:
    templates = rendered("prod")
    properties(templates, "ECS::TaskDefinition")["ContainerDefinitions"][1]["Image"] = "python:latest"
    assert "runs app from python:latest" in objections(RULE, templates)


def test_a_digest_that_the_deployment_may_leave_out_is_found() -> None:
    templates = rendered("prod")
    templates["root"]["Parameters"]["ImageDigest"]["Default"] = "sha256:" + 64 * "0"
    assert "ImageDigest" in objections(RULE, templates)


def test_a_digest_without_its_pattern_is_found() -> None:
    templates = rendered("prod")
    del templates["root"]["Parameters"]["ImageDigest"]["AllowedPattern"]
    assert "ImageDigest" in objections(RULE, templates)
