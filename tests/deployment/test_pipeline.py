"""A workflow on GitHub deploys with the role of the bootstrap stack, and can do nothing else; IAM's policies are evaluated."""

import base64
import json
from collections.abc import Mapping

import pytest

from tests.deployment.account import Account, CommandError, assert_complete
from tests.deployment.dev import ACCOUNT, BOOTSTRAP, STACK, rendered
from tests.deployment.documented import DEPLOY, PREPARE, commands

GITHUB = '[account]\ngithub_repository = "club/books"\n'
MAIN = ("repo:club/books:environment:dev", "refs/heads/main")


@pytest.fixture(scope="module")
def account(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Account:
    """What an administrator prepares for the pipeline."""
    folder = tmp_path_factory.mktemp("pipeline")
    output = folder / "output" / "dev"
    output.mkdir(parents=True)
    for name, text in rendered(folder, added=GITHUB).items():
        (output / f"{name}.template.json").write_text(text, encoding="utf-8")
    account = Account(endpoint, "200000000003", folder)
    account.shell(commands(*PREPARE))
    account.push_image(STACK)
    return account


def sign_in(account: Account, subject: str, ref: str) -> Mapping[str, str]:
    """The credentials that a workflow gets for its token; raises CommandError."""
    claims = {"iss": "https://token.actions.githubusercontent.com", "aud": "sts.amazonaws.com", "sub": subject, "ref": ref}
    # Not signed: the endpoint cannot know GitHub's keys.
    token = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "none"}, claims, {}))
    role = account.stack(BOOTSTRAP)["Outputs"]["DeployRoleArn"]
    command = f"aws sts assume-role-with-web-identity --role-arn {role} --role-session-name workflow --web-identity-token {token}"
    credentials = json.loads(account.shell(command))["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }


def test_it_deploys(account: Account) -> None:
    account.shell(commands(*DEPLOY, "5. Protect it", "6. What came out"), sign_in(account, *MAIN))
    assert_complete(account, STACK, (account.folder / "output" / "dev" / "root.template.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("subject", "ref"),
    [
        ("repo:club/books:environment:dev", "refs/heads/feature"),
        ("repo:club/other:environment:dev", "refs/heads/main"),
        ("repo:club/books:pull_request", "refs/pull/7/merge"),
    ],
)
def test_others_do_not_get_the_role(account: Account, subject: str, ref: str) -> None:
    with pytest.raises(CommandError, match="AccessDenied"):
        sign_in(account, subject, ref)


@pytest.mark.parametrize("section", ["1. The account", "2. The environment's bootstrap"])
def test_it_changes_nothing_else(account: Account, section: str) -> None:
    credentials = sign_in(account, *MAIN)
    with pytest.raises(CommandError, match="AccessDenied"):
        account.shell(commands("Before you start", section), credentials)


@pytest.mark.parametrize("stack", [STACK, BOOTSTRAP, ACCOUNT])
def test_it_deletes_nothing(account: Account, stack: str) -> None:
    credentials = sign_in(account, *MAIN)
    with pytest.raises(CommandError, match="AccessDenied"):
        account.shell(f"aws cloudformation delete-stack --stack-name {stack}", credentials)
