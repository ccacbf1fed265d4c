"""Pain 16: exports deadlock updates (aws-cdk 7602)."""

from tests.deployments import objections, properties, rendered


def test_rendered_templates_export_nothing() -> None:
    assert not objections("nesting", rendered("prod"))


def test_an_export_is_found() -> None:
    templates = rendered("prod")
    templates["network"]["Outputs"]["VpcId"]["Export"] = {"Name": "vpc"}
    assert "exports VpcId" in objections("nesting", templates)


def test_an_import_does_not_resolve() -> None:
    templates = rendered("prod")
    properties(templates, "EC2::VPCEndpoint")["VpcId"] = {"Fn::ImportValue": "vpc"}
    assert "Fn::ImportValue has no place" in objections("resolved", templates)
