"""docs/layers.md is what the templates say, and leaves nothing out."""

import re

from ci.generators import layers_page
from ci.model import load
from tests.settings import ROOT, shipped

PAGE = layers_page.page()


def test_the_committed_page_is_true() -> None:
    assert layers_page.PAGE.read_text() == PAGE, "make golden writes it anew"


def test_every_resource_output_and_permission_is_there() -> None:
    deployment = load(ROOT / "output" / "prod", shipped("prod"))
    for name, template in deployment.templates.items():
        section = PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        for resource in template.resources.values():
            assert f"| `{resource.logical_id}` | {resource.type.removeprefix('AWS::')} | " in section
            if resource.type == "AWS::IAM::Role":
                assert f"| take on | `{resource.logical_id}` |" in section
        for output in template.outputs:
            assert re.search(rf"\| `{output}` \| (people|\[)", section), f"{name}.{output} is given to nobody"


def test_the_service_may_read_its_secret_and_no_more() -> None:
    section = PAGE.partition("\n## service\n")[2]
    rows = [line for line in section.splitlines() if line.startswith("| `TaskRole` | `")]
    assert {row.split(" | ")[1] for row in rows} == {"`secretsmanager`: GetSecretValue", "`kms`: Decrypt"}
    assert "rds!db-*" in rows[0]


def test_every_link_inside_leads_somewhere() -> None:
    for anchor in re.findall(r"\(#([^)]+)\)", PAGE):
        assert f"\n## {anchor}\n" in PAGE


def test_every_policy_that_stands_at_a_resource_is_there() -> None:
    deployment = load(ROOT / "output" / "prod", shipped("prod"))
    for resource in deployment:
        if any(key in resource.properties for key in ("PolicyDocument", "KeyPolicy", "RepositoryPolicyText")) and not resource.get("Roles"):
            section = PAGE.partition(f"\n## {resource.template.name}\n")[2].partition("\n## ")[0].partition("| policy of |")[2]
            assert f"| `{resource.logical_id}` | " in section
    assert "| `S3Endpoint` | everybody | `s3`: GetObject | `arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*` |  |" in PAGE


def test_end_to_end_has_no_plain_connection() -> None:
    section = PAGE.partition("\n## connections\n")[2].partition("\n## ")[0]
    edge, nlb, alb = (table.count("| nothing: HTTP |") for table in section.split("\nWith ")[1:])
    assert (edge, nlb, alb) == (3, 0, 0) and "closed" not in section
