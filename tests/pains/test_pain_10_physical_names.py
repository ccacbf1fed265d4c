"""Pain 10: physical names block replacement (convox/rack 2941)."""

import pytest

from tests.deployments import objections, properties, rendered

RULE = "names"


def test_rendered_names_let_another_environment_stand_beside() -> None:
    assert not objections(RULE, rendered("prod"))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("ElasticLoadBalancingV2::LoadBalancer", "Name"),
        ("ElasticLoadBalancingV2::TargetGroup", "Name"),
        ("ECS::Service", "ServiceName"),
        ("ECS::Cluster", "ClusterName"),
        ("EC2::SecurityGroup", "GroupName"),
        ("IAM::Role", "RoleName"),
        ("S3::Bucket", "BucketName"),
        ("RDS::DBParameterGroup", "DBParameterGroupName"),
    ],
)
def test_a_name_that_no_other_environment_could_have_is_found(kind: str, name: str) -> None:
    templates = rendered("prod")
    properties(templates, kind)[name] = "books"
    assert "has the name books" in objections(RULE, templates)


def test_a_database_without_the_environments_name_is_found() -> None:
    templates = rendered("prod")
    properties(templates, "RDS::DBInstance")["DBInstanceIdentifier"] = "books"
    assert "has the name books" in objections(RULE, templates)
