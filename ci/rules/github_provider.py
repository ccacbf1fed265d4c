"""GitHub's tokens are taken from GitHub's address and for AWS alone, by a provider that is made where the settings name no other.

Whoever signs for another address could take on the deploy role.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Finding
from templates.github import OIDC_HOST

SEVERITY = "exposes"
SOURCE = "https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws"
REMEDY = "Leave the provider to templates/layers/account.py, and [account] to environments/."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare the provider, whole, with what the settings ask for."""
    account = deployment.environment.account
    made = account.github_repository is not None and account.oidc_provider_arn is None
    wanted = [{"Url": f"https://{OIDC_HOST}", "ClientIdList": ["sts.amazonaws.com"]}] if made else []
    providers = deployment.of("AWS::IAM::OIDCProvider")
    if [provider.properties for provider in providers] != wanted:
        yield Finding(providers[0] if providers else None, f"There is not just the provider {wanted or 'that the settings name'}.")
