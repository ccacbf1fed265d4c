"""GitHub's identity provider, which signs the tokens that workflows show, and which of them this project takes."""

from templates.settings import Environment

OIDC_HOST = "token.actions.githubusercontent.com"


def subjects(environment: Environment) -> list[str]:
    """The claim `sub` of the jobs that may deploy; a star stands for any text.

    Repositories that were made or renamed since 15 July 2026 send their owner's id and their own with it.
    https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims
    """
    account = environment.account
    return [f"repo:{account.github_repository}:{ref}" for ref in account.github_refs or (f"environment:{environment.name}",)]


def refs(environment: Environment) -> list[str]:
    """The claim `ref` that they must have, too: whoever may push a branch could otherwise name the environment in a job of its own.

    STS checks it since January 2026. Empty where every subject names its ref.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
    """
    account = environment.account
    named = [ref.removeprefix("ref:") for ref in account.github_refs if ref.startswith("ref:")]
    return [] if named and len(named) == len(account.github_refs) else [*account.github_environment_refs, *named]
