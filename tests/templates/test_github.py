"""Whose tokens the deploy role takes: claims as GitHub sends them, against the rendered trust policy."""

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest

from templates.render import render
from tests.settings import Table, environment

HOST = "token.actions.githubusercontent.com"
# https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims
RELEASE = {"sub": "repo:club/books:environment:test", "ref": "refs/tags/v1.2.0"}
ROLLBACK = {"sub": "repo:club/books:environment:test", "ref": "refs/heads/main"}
BRANCH = {"sub": "repo:club/books:environment:test", "ref": "refs/heads/try-it"}
PULL = {"sub": "repo:club/books:pull_request", "ref": "refs/pull/7/merge"}
FORK = {"sub": "repo:somebody/books:environment:test", "ref": "refs/heads/main"}
# Of a repository that was made or renamed since 15 July 2026. https://github.com/aws-actions/configure-aws-credentials/issues/1888
WITH_IDS = {"sub": "repo:club@1001/books@2002:environment:test", "ref": "refs/tags/v1.2.0"}
SQUATTER = {"sub": "repo:club@9009/books@9010:environment:test", "ref": "refs/tags/v1.2.0"}


def takes(change: Table, claims: dict[str, str]) -> bool:
    """Whether the role's trust lets this token in, as IAM evaluates it: every key, any of its values."""
    settings = environment({"account": {"github_repository": "club/books"} | change})
    role = json.loads(render(settings)["bootstrap.template.json"])["Resources"]["DeployRole"]
    [statement] = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    like: dict[str, Any] = statement["Condition"]["StringLike"]
    return all(any(fnmatchcase(claims[key.removeprefix(f"{HOST}:")], value) for value in values) for key, values in like.items())


@pytest.mark.parametrize("claims", [RELEASE, ROLLBACK], ids=["release", "rollback"])
def test_the_delivered_workflows_are_let_in_by_default(claims: dict[str, str]) -> None:
    assert takes({}, claims)


@pytest.mark.parametrize("claims", [BRANCH, PULL, FORK, WITH_IDS], ids=["branch", "pull request", "fork", "ids that nobody named"])
def test_others_are_not(claims: dict[str, str]) -> None:
    assert not takes({}, claims)


def test_a_repository_with_ids() -> None:
    named: Table = {"github_repository": "club@1001/books@2002"}
    assert takes(named, WITH_IDS)
    assert not takes(named, SQUATTER)
    assert not takes(named, RELEASE)


def test_a_subject_that_names_its_ref_needs_no_second_claim() -> None:
    claims = {"sub": "repo:club/books:ref:refs/heads/main"}
    assert takes({"github_refs": ["ref:refs/heads/main"]}, claims)


def test_letters_are_those_that_github_sends() -> None:
    """https://github.com/aws-actions/configure-aws-credentials/issues/318"""
    assert not takes({"github_repository": "Club/books"}, RELEASE)
