"""Pain 10: physical names block replacement (convox/rack 2941)."""

import pytest

from tests.deployments import objections, properties, rendered

RULE = "physical-names"


def test_rendered_names_are_the_few_of_the_list() -> None:
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
def test_a_name_outside_the_list_is_found(kind: str, name: str) -> None:
    templates = rendered("prod")
    properties(templates, kind)[name] = "books"
    assert "has the name books" in objections(RULE, templates)


def test_a_name_of_the_list_that_changed_is_found() -> None:
    templates = rendered("prod")
    properties(templates, "RDS::DBInstance")["DBInstanceIdentifier"] = "books"
    assert "has the name books" in objections(RULE, templates)
