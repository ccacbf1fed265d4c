"""Faults in policies, each of which would break a call or open a way: every one is found."""

import json
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any

import pytest

from templates.render import render
from tests.deployments import SUFFIX, Templates, found
from tests.settings import environment

# Every kind of policy that the settings can switch on.
ALL = environment(
    {
        "production": True,
        "bastion": True,
        "service": {"exec": True},
        "monitoring": {"email": "a@example.org", "slack": {"workspace_id": "T01234567", "channel_id": "C01234567"}, "budget_usd": 100},
        "account": {
            "github_repository": "club/books",
            "github_refs": ["ref:refs/tags/v*", "environment:prod"],
            "image_pull_accounts": ["111122223333"],
        },
    }
)
DOCUMENTS = ("AssumeRolePolicyDocument", "PolicyDocument", "KeyPolicy", "RepositoryPolicyText")
SOURCE, OTHER, OIDC = "aws:SourceAccount", "111122223333", "token.actions.githubusercontent.com"
STRANGER = "arn:aws:secretsmanager:us-east-1:111122223333:secret:x"

Statement = dict[str, Any]
Change = Callable[[Statement], object]


@cache
def _rendered() -> Templates:
    return {name.removesuffix(SUFFIX): json.loads(text) for name, text in render(ALL).items()}


def every(templates: Templates, place: str) -> list[Statement]:
    """The raw statements of the resources whose name begins so."""
    template, title = place.split(".")
    resources = [resource["Properties"] for name, resource in templates[template]["Resources"].items() if name.startswith(title)]
    documents = [properties[name] for properties in resources for name in DOCUMENTS if name in properties]
    documents += [policy["PolicyDocument"] for properties in resources for policy in properties.get("Policies", [])]
    return [statement for document in documents for statement in document["Statement"]]


def asks(operator: str, key: str, value: Any) -> Change:
    """A condition more."""
    return lambda statement: statement.setdefault("Condition", {}).setdefault(operator, {}).update({key: value})


def compares(old: str, new: str) -> Change:
    """Another operator."""
    return lambda statement: statement["Condition"].update({new: statement["Condition"].pop(old)})


def looks_at(old: str, new: str, operator: str = "StringEquals") -> Change:
    """Another key."""
    return lambda statement: statement["Condition"][operator].update({new: statement["Condition"][operator].pop(old)})


def may(*actions: str) -> Change:
    """Actions more."""
    return lambda statement: statement["Action"].extend(actions)


def may_not(*actions: str) -> Change:
    """Actions fewer."""
    return lambda statement: [statement["Action"].remove(action) for action in actions]


def on(*resources: Any) -> Change:
    """Other resources."""
    return lambda statement: statement.update(Resource=list(resources))


def on_too(resource: Any) -> Change:
    """A resource more."""
    return lambda statement: statement["Resource"].append(resource)


def all_of(*changes: Change) -> Change:
    """One change after the other."""
    return lambda statement: [change(statement) for change in changes]


def sub(rest: str) -> dict[str, str]:
    """An ARN of this region and account."""
    return {"Fn::Sub": rest.replace("::", ":${AWS::Region}:${AWS::AccountId}:", 1)}


ARN = {name: sub(f"arn:aws:{name}") for name in ("rds::db:*", "secretsmanager::secret:*", "secretsmanager::secret:rds!db-*", "iam::role/*")}
MAKES_ROLES, HANDS = "iam:CreateRole", "iam:PassRole"
READS_SECRET, DECRYPTS, SENDS = "secretsmanager:GetSecretValue", "kms:Decrypt", "sns:Publish"
TAKES, SIGNS_IN = "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"

# Where, the first statement there that speaks of which action, and what is done to it.
FAULTS: tuple[tuple[str, str, Change], ...] = (
    # Conditions that nobody can meet, that everybody meets, or that compare something else.
    ("service.TaskRole", READS_SECRET, asks("StringEquals", "aws:SourceVpce", "vpce-0123456789abcdef0")),
    ("service.TaskRole", READS_SECRET, asks("Null", "aws:SourceVpce", "true")),
    ("service.TaskRole", DECRYPTS, compares("StringEquals", "ForAllValues:StringEquals")),
    ("service.TaskRole", DECRYPTS, compares("StringEquals", "StringEqualsIfExists")),
    ("service.TaskRole", TAKES, compares("ArnLike", "StringEquals")),
    ("service.TaskRole", TAKES, compares("ArnLike", "ForAllValues:ArnLike")),
    ("service.TaskRole", TAKES, compares("StringEquals", "ForAllValues:StringEquals")),
    ("endpoints.SecretsmanagerEndpoint", READS_SECRET, compares("StringEquals", "ForAllValues:StringNotEquals")),
    ("endpoints.SecretsmanagerEndpoint", READS_SECRET, asks("StringEquals", "aws:SourceVpc", "vpc-1")),
    ("endpoints.EcrApiEndpoint", "ecr:GetAuthorizationToken", looks_at("aws:PrincipalAccount", SOURCE)),
    ("endpoints.EcrDkrEndpoint", "ecr:BatchGetImage", compares("StringEquals", "ForAllValues:StringEquals")),
    ("endpoints.S3Endpoint", "s3:GetObject", asks("StringEquals", "aws:PrincipalAccount", OTHER)),
    ("notifications.TopicPolicy", SENDS, looks_at(SOURCE, "aws:PrincipalAccount")),
    ("notifications.TopicPolicy", SENDS, asks("ArnLike", "aws:SourceArn", sub("arn:aws:cloudwatch::alarm:*"))),
    ("notifications.TopicKey", DECRYPTS, looks_at("kms:ViaService", "aws:SourceVpce")),
    ("notifications.TopicKey", "kms:PutKeyPolicy", asks("StringEquals", "kms:CallerAccount", OTHER)),
    ("service.DeploymentRole", TAKES, asks("StringEquals", SOURCE, OTHER)),
    ("bootstrap.ExecutionRole", TAKES, asks("StringEquals", "sts:ExternalId", "x")),
    ("account.ApiGatewayLogRole", TAKES, asks("ArnLike", "aws:SourceArn", "arn:aws:apigateway:us-east-1::/restapis/x")),
    ("bootstrap.ExecutionPolicy", MAKES_ROLES, compares("StringEquals", "ForAllValues:StringEquals")),
    ("bootstrap.ExecutionPolicy", "kms:PutKeyPolicy", compares("StringEquals", "ForAllValues:StringEquals")),
    ("bootstrap.ExecutionPolicy", HANDS, compares("StringEquals", "ForAllValues:StringEquals")),
    ("bootstrap.ExecutionPolicy", "rds:CreateDBInstance", asks("Bool", "aws:MultiFactorAuthPresent", "true")),
    ("bootstrap.Boundary", DECRYPTS, compares("StringEquals", "ForAllValues:StringEquals")),
    ("bootstrap.DeployRole", SIGNS_IN, compares("StringLike", "StringEquals")),
    ("bootstrap.DeployRole", SIGNS_IN, compares("StringEquals", "ForAllValues:StringEquals")),
    ("bootstrap.DeployRole", "cloudformation:ExecuteChangeSet", asks("Bool", "aws:MultiFactorAuthPresent", "true")),
    # Denied, where nothing but access without TLS is.
    ("bootstrap.DeployRole", SIGNS_IN, lambda statement: statement.update(Effect="Deny")),
    ("bootstrap.Boundary", "logs:PutLogEvents", lambda statement: statement.update(Effect="Deny")),
    # More than is needed.
    ("bootstrap.ExecutionPolicy", "rds:CreateDBInstance", on_too(ARN["rds::db:*"])),
    ("bootstrap.ExecutionPolicy", "s3:CreateBucket", on("arn:aws:s3:::*")),
    ("bootstrap.ExecutionPolicy", "secretsmanager:CreateSecret", on("arn:aws:secretsmanager:*:*:secret:*")),
    ("bootstrap.ExecutionPolicy", "apigateway:POST", on({"Fn::Sub": "arn:aws:apigateway:${AWS::Region}::/*"})),
    ("bootstrap.ExecutionPolicy", "sns:CreateTopic", on(sub("arn:aws:sns::awsome-books-*"))),
    ("bootstrap.ExecutionPolicy", HANDS, on(ARN["iam::role/*"])),
    ("bootstrap.Boundary", READS_SECRET, on(ARN["secretsmanager::secret:*"])),
    ("bootstrap.Boundary", READS_SECRET, on_too(STRANGER)),
    ("bootstrap.DeployRole", "ecr:PutImage", all_of(may("rds:DeleteDBInstance"), on_too(ARN["rds::db:*"]))),
    ("bootstrap.DeployRole", "ecr:PutImage", all_of(may(READS_SECRET), on_too(ARN["secretsmanager::secret:*"]))),
    ("bootstrap.DeployRole", "cloudformation:ExecuteChangeSet", on(sub("arn:aws:cloudformation::stack/*"))),
    ("network.FlowLogRole", "logs:PutLogEvents", all_of(may(READS_SECRET), on_too(ARN["secretsmanager::secret:rds!db-*"]))),
    ("service.DeploymentRole", "elasticloadbalancing:ModifyRule", all_of(may(READS_SECRET), on_too(STRANGER))),
    ("account.ApiGatewayLogRole", "logs:PutLogEvents", may("logs:DeleteLogGroup")),
    ("notifications.TopicKey", "kms:PutKeyPolicy", lambda statement: statement["Principal"].update(AWS=f"arn:aws:iam::{OTHER}:root")),
    ("notifications.TopicPolicy", SENDS, may("sns:Subscribe")),
    ("bootstrap.Repository", "ecr:BatchGetImage", may("ecr:PutImage")),
    ("endpoints.SecretsmanagerEndpoint", READS_SECRET, may("secretsmanager:PutSecretValue")),
    ("endpoints.SecretsmanagerEndpoint", READS_SECRET, on("arn:aws:secretsmanager:*:*:secret:*")),
    ("bootstrap.ArtifactsPolicy", "s3:GetObject", lambda statement: statement.update(Effect="Allow")),
    # Less.
    ("notifications.TopicKey", "kms:PutKeyPolicy", may_not("kms:GetKeyRotationStatus")),
    ("notifications.TopicKey", "kms:PutKeyPolicy", may_not("kms:ListResourceTags")),
    ("bootstrap.DeployRole", "ecr:PutImage", may_not("ecr:DescribeImages")),
    ("bootstrap.DeployRole", "cloudformation:ExecuteChangeSet", may_not("cloudformation:GetTemplateSummary")),
)


def test_every_policy_as_rendered_is_clean() -> None:
    assert found(_rendered(), ALL) == {}


@pytest.mark.parametrize(("place", "action", "change"), FAULTS, ids=[f"{index}-{place}" for index, (place, _, _) in enumerate(FAULTS)])
def test_a_fault_in_a_statement_is_found(place: str, action: str, change: Change) -> None:
    templates = deepcopy(_rendered())
    change(next(statement for statement in every(templates, place) if action in statement["Action"]))
    assert found(templates, ALL)


@pytest.mark.parametrize(
    ("place", "added"),
    [
        ("bootstrap.Boundary", {"Effect": "Deny", "Action": ["logs:PutLogEvents"], "Resource": ["*"]}),
        ("bootstrap.ExecutionPolicy1", {"Effect": "Deny", "Action": ["rds:CreateDBInstance"], "Resource": ["*"]}),
        (
            "notifications.TopicKey",
            {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": ["kms:PutKeyPolicy"], "Resource": ["*"]},
        ),
        (
            "notifications.TopicPolicy",
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": ["sns:Subscribe"],
                "Resource": [{"Ref": "Topic"}],
            },
        ),
    ],
)
def test_a_statement_more_is_found(place: str, added: Statement) -> None:
    templates = deepcopy(_rendered())
    template, title = place.split(".")
    properties = templates[template]["Resources"][title]["Properties"]
    next(properties[name] for name in DOCUMENTS if name in properties)["Statement"].append(added)
    assert found(templates, ALL)


def test_each_statement_of_the_deploy_role_is_needed() -> None:
    """What it lacks stops a workflow halfway."""
    number = len(_rendered()["bootstrap"]["Resources"]["DeployRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"])
    for index in range(number):
        templates = deepcopy(_rendered())
        del templates["bootstrap"]["Resources"]["DeployRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][index]
        assert found(templates, ALL), index


def test_a_role_that_may_do_nothing_is_given_nothing() -> None:
    templates = deepcopy(_rendered())
    reads = {"Effect": "Allow", "Action": [READS_SECRET], "Resource": [ARN["secretsmanager::secret:rds!db-*"]]}
    templates["notifications"]["Resources"]["SlackRole"]["Properties"]["Policies"] = [
        {"PolicyName": "permissions", "PolicyDocument": {"Version": "2012-10-17", "Statement": [reads]}}
    ]
    assert found(templates, ALL)


def test_another_guardrail_is_found() -> None:
    templates = deepcopy(_rendered())
    templates["notifications"]["Resources"]["Slack"]["Properties"]["GuardrailPolicies"] = ["arn:aws:iam::aws:policy/AdministratorAccess"]
    assert "GuardrailPolicies" in "".join(found(templates, ALL)["private"])


def test_a_statement_says_nothing_by_exclusion() -> None:
    templates = deepcopy(_rendered())
    statement = next(each for each in every(templates, "bootstrap.Boundary") if READS_SECRET in each["Action"])
    statement["NotResource"] = statement["Resource"]
    assert "NotResource" in "".join(found(templates, ALL)["policies"])


@pytest.mark.parametrize(("name", "value"), [("Url", "https://example.org"), ("ClientIdList", ["sts.amazonaws.com", "somebody"])])
def test_another_identity_provider_is_found(name: str, value: Any) -> None:
    templates = deepcopy(_rendered())
    templates["account"]["Resources"]["GitHub"]["Properties"][name] = value
    assert "is not GitHub's" in "".join(found(templates, ALL)["constitution"])
