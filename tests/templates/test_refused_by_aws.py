"""What AWS would refuse, ignore or undo, each by the page that says so."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from templates import regions, settings_checks
from templates.render import render
from tests.settings import Table, environment

GITHUB: Table = {"account": {"github_repository": "club/books"}}
FOREIGN = "arn:aws:ecr:us-east-1:111122223333:repository/books"


def rendered(change: Table | None = None) -> dict[str, dict[str, Any]]:
    return {file.partition(".")[0]: json.loads(text)["Resources"] for file, text in render(environment(change or {})).items()}


def granted(resources: dict[str, Any], title: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each action that a role or the execution role's policies allow, with its statement."""
    for name, resource in resources.items():
        properties = resource["Properties"]
        if name.startswith(title):
            inline = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
            for document in [*inline, *([properties["PolicyDocument"]] if "PolicyDocument" in properties else [])]:
                for statement in document["Statement"]:
                    yield from ((action, statement) for action in statement["Action"])


def test_an_image_of_another_account_can_be_deployed() -> None:
    """Its digest is read before the deployment. https://github.com/hashicorp/terraform-provider-aws/issues/41718"""
    lends = rendered({"account": {"image_pull_accounts": ["111122223333"]}})["bootstrap"]["Repository"]["Properties"]
    assert "ecr:DescribeImages" in lends["RepositoryPolicyText"]["Statement"][0]["Action"]
    role = rendered(GITHUB | {"service": {"image_repository_arn": FOREIGN}})["bootstrap"]
    actions = {action for action, statement in granted(role, "DeployRole") if statement["Resource"] == [FOREIGN]}
    assert actions == {"ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"}


@pytest.mark.parametrize("percent", [33.33, 2.55])
def test_steps_are_multiples_of_a_tenth(percent: float) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CanaryConfiguration.html"""
    settings = environment({"deployment": {"strategy": "canary", "step_percent": percent}})
    assert [problem.key for problem in settings_checks.problems(settings)] == ["deployment.step_percent"]
    assert not list(settings_checks.problems(environment({"deployment": {"strategy": "canary", "step_percent": 33.3}})))


@pytest.mark.parametrize(
    ("deployment", "key"),
    [
        ({"bake_minutes": 2}, "deployment.bake_minutes"),
        ({"strategy": "canary", "step_minutes": 1}, "deployment.step_minutes"),
        ({"strategy": "rolling", "bake_minutes": 0}, None),
    ],
)
def test_an_alarm_has_time_to_fire(deployment: Table, key: str | None) -> None:
    keys = [key] if key else []
    settings = environment({"deployment": deployment, "monitoring": {"email": "a@example.org"}})
    assert [problem.key for problem in settings_checks.warnings(settings)] == keys
    production = environment({"deployment": deployment, "production": True})
    assert [problem.key for problem in settings_checks.problems(production)] == keys


def test_rolling_has_no_bake_time() -> None:
    """Any value makes CloudFormation wait for 36 hours. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html"""
    service = rendered({"deployment": {"strategy": "rolling", "bake_minutes": 10}})["service"]["Service"]
    assert "BakeTimeInMinutes" not in service["Properties"]["DeploymentConfiguration"]


def test_tags_fence_keys() -> None:
    """Who may tag any key may open any key. https://docs.aws.amazon.com/kms/latest/developerguide/abac.html"""
    found = {action: statement.get("Condition", {}) for action, statement in granted(rendered()["bootstrap"], "ExecutionPolicy")}
    ours = {"aws:ResourceTag/Environment": "test"}
    # A new key has no tags for some minutes: its creation, and a quick rollback, must not wait for them.
    for action in ("TagResource", "EnableKeyRotation", "ScheduleKeyDeletion"):
        assert found[f"kms:{action}"] == {"StringEqualsIfExists": ours}
    assert found["kms:PutKeyPolicy"] == found["kms:UntagResource"] == {"StringEquals": ours}


def test_administrators_can_send_a_test_message() -> None:
    statements = rendered()["notifications"]["TopicKey"]["Properties"]["KeyPolicy"]["Statement"]
    [uses] = [each for each in statements if "AWS" in each["Principal"] and "kms:GenerateDataKey" in each["Action"]]
    assert set(uses["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}
    assert uses["Condition"] == {"StringEquals": {"kms:ViaService": {"Fn::Sub": "sns.${AWS::Region}.amazonaws.com"}}}


def test_the_pipeline_can_wake_a_sleeping_environment() -> None:
    """https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html"""
    alarms = [
        resource["Fn::Sub"].rpartition("AccountId}:")[2]
        for action, statement in granted(rendered(GITHUB)["bootstrap"], "DeployRole")
        if action == "cloudwatch:PutMetricAlarm"
        for resource in statement["Resource"]
    ]
    assert alarms == ["alarm:TargetTracking-service/awsome-books-test-*"]


@pytest.mark.parametrize("snapshot", [None, "last"])
def test_production_keeps_the_backups_of_a_database_that_is_deleted(snapshot: str | None) -> None:
    change: Table = {"production": True, "database": {"snapshot": snapshot} if snapshot else {}}
    assert rendered(change)["database"]["Instance"]["Properties"]["DeleteAutomatedBackups"] is False


def test_task_definitions_have_a_family_within_the_roles_scope() -> None:
    assert rendered()["service"]["TaskDefinition"]["Properties"]["Family"] == "awsome-books-test-service"


def test_no_ordinary_setting_changes_how_long_a_creation_may_take() -> None:
    """An update of TimeoutInMinutes is not supported.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html
    """
    strategies: list[Table] = [
        {"strategy": "rolling"},
        {"strategy": "blue_green", "bake_minutes": 30},
        {"strategy": "canary", "step_minutes": 20},
        {"strategy": "linear"},
    ]
    minutes = {rendered({"deployment": each})["root"]["Service"]["Properties"]["TimeoutInMinutes"] for each in strategies}
    assert len(minutes) == 1


def test_load_balancers_may_write_their_first_log() -> None:
    """Their test object is not documented to carry the account.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """
    statements = rendered()["load_balancing"]["AccessLogsPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    [delivery] = [each for each in statements if "Service" in each["Principal"]]
    assert "Condition" not in delivery
    assert delivery["Resource"][0]["Fn::Sub"].endswith("/AWSLogs/${AWS::AccountId}/*")


def test_every_region_launched_since_december_2023_has_the_endpoints_of_ecs() -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html"""
    assert "ca-west-1" in regions.WITH_ECS_ENDPOINTS


def test_the_nlb_that_the_link_holds_is_not_protected() -> None:
    """A protected one that is removed stays behind. https://github.com/cloud-custodian/cloud-custodian/issues/9921"""
    nlb = rendered({"production": True})["load_balancing"]["Nlb"]["Properties"]["LoadBalancerAttributes"]
    assert "deletion_protection.enabled" not in {attribute["Key"] for attribute in nlb}
