"""What an account has once: GitHub's OIDC provider, and API Gateway's log role, once a region."""

from typing import Any

import awacs.logs
from troposphere import GetAtt, Ref
from troposphere.apigateway import Account
from troposphere.iam import OIDCProvider, Role

from templates import policies
from templates.github import OIDC_HOST
from templates.layer import Layer
from templates.roles import role
from templates.settings import Environment


def account(environment: Environment) -> Layer | None:
    """The account's own stack; None where there is nothing for it to create."""
    settings = environment.account
    layer = Layer("account", environment, "what the account has once")
    if settings.github_repository and settings.oidc_provider_arn is None:
        provider = layer.add(
            OIDCProvider("GitHub", Url=f"https://{OIDC_HOST}", ClientIdList=["sts.amazonaws.com"], **_kept()),
            "Lets workflows on GitHub sign in without keys",
        )
        layer.provides("OidcProviderArn", Ref(provider), "GitHub's OIDC provider", published=True)
    if settings.api_gateway_log_role:
        log_role = _log_role(layer)
        layer.add(
            Account("ApiGatewayAccount", CloudWatchRoleArn=GetAtt(log_role, "Arn"), **_kept()),
            "Lets API Gateway write access logs; there is one an account and region",
        )
        layer.provides("ApiGatewayLogRoleArn", GetAtt(log_role, "Arn"), "API Gateway's log role", published=True)
    return layer if layer.template.resources else None


def _log_role(layer: Layer) -> Role:
    logs = awacs.logs
    return role(
        layer,
        "ApiGatewayLogRole",
        "Lets API Gateway write logs",
        # API Gateway documents no condition keys for this trust, and its permissions without a narrower resource.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html#set-up-access-logging-permissions
        policies.trust("apigateway.amazonaws.com", source=None),
        policies.allow(
            [
                logs.CreateLogGroup,
                logs.CreateLogStream,
                logs.DescribeLogGroups,
                logs.DescribeLogStreams,
                logs.FilterLogEvents,
                logs.GetLogEvents,
                logs.PutLogEvents,
            ],
            ["*"],
        ),
        bounded=False,
        **_kept(),
    )


def _kept() -> dict[str, Any]:
    """Others in the account may rely on it: it outlives the stack, but not a first creation that fails, which it would stop next time."""
    return {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
