"""What is deployed before the root stack: roles that can do what is needed, and no more."""

import json
from fnmatch import fnmatchcase
from typing import Any

from facts.reference import permissions
from templates.render import render
from tests.matrix import combinations
from tests.settings import environment

GITHUB = {"account": {"github_repository": "club/books", "github_refs": ["ref:refs/tags/v*"]}}


def bootstrap() -> dict[str, Any]:
    resources: dict[str, Any] = json.loads(render(environment(GITHUB))["bootstrap.template.json"])["Resources"]
    return resources


def statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = policy["Properties"]["PolicyDocument"]["Statement"]
    return found


def test_the_permissions_cover_every_type_of_every_combination() -> None:
    known = permissions().resource_types
    used = {
        resource["Type"]
        for _, settings in combinations()
        for file, text in render(settings).items()
        if not file.startswith(("account", "bootstrap"))
        for resource in json.loads(text)["Resources"].values()
    }
    assert used - known.keys() == set()


def test_the_execution_role_fits_the_limits_of_iam() -> None:
    policies = [resource for title, resource in bootstrap().items() if title.startswith("ExecutionPolicy")]
    assert 1 < len(policies) <= 10
    for policy in policies:
        text = json.dumps(policy["Properties"]["PolicyDocument"], separators=(",", ":"))
        # As AWS sees it: the longest names that pseudo parameters can stand for.
        resolved = (
            text.replace("${AWS::Region}", "ap-southeast-7").replace("${AWS::Partition}", "aws").replace("${AWS::AccountId}", "1" * 12)
        )
        assert len(resolved.replace('{"Fn::Sub":', "")) <= 6144


def test_the_execution_role_creates_no_role_without_the_boundary() -> None:
    granted = [
        statement
        for title, resource in bootstrap().items()
        if title.startswith("ExecutionPolicy")
        for statement in statements(resource)
        if {"iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"} & set(statement["Action"])
    ]
    assert granted
    for statement in granted:
        boundary = statement["Condition"]["StringEquals"]["iam:PermissionsBoundary"]["Fn::Sub"]
        assert boundary.endswith(":policy/awsome-books-test-boundary")


def test_no_role_of_bootstrap_is_within_reach_of_the_execution_role() -> None:
    """Its names begin with the stack's: awsome-books-bootstrap-test, which awsome-books-test-* does not match."""
    reach = [
        resource["Fn::Sub"].rpartition(":")[2]
        for title, policy in bootstrap().items()
        if title.startswith("ExecutionPolicy")
        for statement in statements(policy)
        for resource in statement["Resource"]
        if isinstance(resource, dict) and ":iam:" in resource.get("Fn::Sub", "")
    ]
    assert "role/awsome-books-test-*" in reach
    assert not [pattern for pattern in reach if fnmatchcase("role/awsome-books-bootstrap-test-ExecutionRole-ABC", pattern)]


def test_every_role_of_the_stacks_is_bounded_and_stays_within() -> None:
    for name, settings in combinations():
        rendered = {file: json.loads(text)["Resources"] for file, text in render(settings).items()}
        allowed = {action for statement in statements(rendered["bootstrap.template.json"]["Boundary"]) for action in statement["Action"]}
        for file, resources in rendered.items():
            if file.startswith(("account", "bootstrap")):
                continue
            for title, role in resources.items():
                if role["Type"] != "AWS::IAM::Role":
                    continue
                assert role["Properties"]["PermissionsBoundary"]["Fn::Sub"].endswith("-boundary"), (name, title)
                for policy in role["Properties"].get("Policies", ()):
                    used = {action for statement in policy["PolicyDocument"]["Statement"] for action in statement["Action"]}
                    assert used <= allowed, (name, title)


def test_github_may_deploy_from_the_named_refs_alone() -> None:
    [statement] = bootstrap()["DeployRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"] == {
        "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
        "StringLike": {"token.actions.githubusercontent.com:sub": ["repo:club/books:ref:refs/tags/v*"]},
    }


def test_only_a_database_from_a_snapshot_may_be_restored() -> None:
    """From this snapshot alone, by CloudFormation's role alone; the pipeline has nothing to do with RDS itself."""
    snapshot = render(environment(GITHUB | {"database": {"snapshot": "last"}}))["bootstrap.template.json"]
    restoring = [
        statement
        for resource in json.loads(snapshot)["Resources"].values()
        if resource["Type"] == "AWS::IAM::ManagedPolicy"
        for statement in statements(resource)
        if any(action.startswith("rds:Restore") for action in statement["Action"])
    ]
    assert [statement["Action"] for statement in restoring] == [["rds:RestoreDBInstanceFromDBSnapshot"]]
    named = [resource["Fn::Sub"].partition("AccountId}:")[2] for resource in restoring[0]["Resource"]]
    assert [name for name in named if name.startswith("snapshot:")] == ["snapshot:last"]
    assert "rds:Restore" not in json.dumps(bootstrap())
    assert '"rds:' not in json.dumps(json.loads(snapshot)["Resources"]["DeployRole"])


def test_images_with_a_version_never_expire() -> None:
    [rule] = json.loads(bootstrap()["Repository"]["Properties"]["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
    assert rule["selection"]["tagStatus"] == "untagged"


def test_keys_without_tags_can_be_looked_at() -> None:
    """RDS looks at AWS's own key with CloudFormation's role; a new key of ours has tags that work only minutes later."""
    given = [
        statement
        for title, policy in bootstrap().items()
        if title.startswith("ExecutionPolicy")
        for statement in statements(policy)
        if "kms:DescribeKey" in statement["Action"]
    ]
    [statement] = given
    assert "Condition" not in statement
    assert all(action.startswith(("kms:Describe", "kms:Get", "kms:List")) for action in statement["Action"])
