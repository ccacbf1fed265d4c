"""Each role trusts the one service that takes it on, GitHub's role its provider, and nobody else.

On which conditions, the rule policy-conditions says.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.model.arns import filled
from ci.model.deploying import CLOUDFORMATION
from ci.model.identity import trust
from ci.model.takers import takers
from ci.rules import Finding
from templates.github import OIDC_HOST

SEVERITY = "exposes"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"
REMEDY = "Write the trust with policies.trust."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Compare each role's trust with whoever it is handed to."""
    taken = takers(deployment)
    known = deployment.environment.account.oidc_provider_arn
    provider = known or filled(deployment.environment, f"iam::{{account}}:oidc-provider/{OIDC_HOST}")
    for own in deployment.of("AWS::IAM::OIDCProvider"):
        if (own.get("Url"), own.get("ClientIdList")) != (f"https://{OIDC_HOST}", ["sts.amazonaws.com"]):
            yield Finding(own, "is not GitHub's, or takes tokens that were made for somebody else.")
    for role in deployment.of("AWS::IAM::Role"):
        wanted = [({"Service": sorted(taken.get(role, {CLOUDFORMATION}))}, ["sts:AssumeRole"])]
        given = [(statement.principals, statement.actions) for statement in trust(deployment, role)]
        if role not in taken and given and "Federated" in given[0][0]:
            wanted = [({"Federated": [provider]}, ["sts:AssumeRoleWithWebIdentity"])]
        if given != wanted:
            yield Finding(role, f"trusts {given}, not just {wanted}.")
