"""Editors sign in at a Cognito user pool and get an access token with a scope that writes need."""

from collections.abc import Mapping
from typing import Any

from troposphere import GetAtt, Ref, Sub
from troposphere.apigateway import Authorizer, RestApi
from troposphere.cognito import (
    AdminCreateUserConfig,
    PasswordPolicy,
    Policies,
    ResourceServerScopeType,
    TokenValidityUnits,
    UserPool,
    UserPoolClient,
    UserPoolDomain,
    UserPoolResourceServer,
)

from templates import names
from templates.layer import Layer

# Where a command on the editor's own machine waits for the answer of the sign-in page.
CALLBACK = "http://localhost:8765/callback"


def cognito(layer: Layer, rest_api: RestApi) -> Mapping[str, Any]:
    """Add pool, scope, client, domain and authorizer; return the properties of a method that writes."""
    pool, contract = _pool(layer), layer.environment.contract
    server = layer.add(
        UserPoolResourceServer(
            "ResourceServer",
            UserPoolId=Ref(pool),
            Identifier=contract.scope.server,
            Name=contract.scope.server.capitalize(),
            Scopes=[ResourceServerScopeType(ScopeName=contract.scope.name, ScopeDescription=contract.scope.description)],
        ),
        "The scope that allows writing",
    )
    client = layer.add(
        UserPoolClient(
            "EditorClient",
            UserPoolId=Ref(pool),
            # A public client with PKCE: a secret on editors' machines would be none.
            GenerateSecret=False,
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["code"],
            AllowedOAuthScopes=["openid", contract.write_scope],
            CallbackURLs=[CALLBACK],
            SupportedIdentityProviders=["COGNITO"],
            ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"],
            EnableTokenRevocation=True,
            PreventUserExistenceErrors="ENABLED",
            AccessTokenValidity=60,
            IdTokenValidity=60,
            RefreshTokenValidity=12,
            TokenValidityUnits=TokenValidityUnits(AccessToken="minutes", IdToken="minutes", RefreshToken="hours"),
            DependsOn=[server.title],
        ),
        "The program with which editors sign in",
    )
    domain = layer.add(
        UserPoolDomain("SignInDomain", UserPoolId=Ref(pool), Domain=Sub(f"{names.cognito_domain(layer.environment)}-${{AWS::AccountId}}")),
        "The sign-in pages",
    )
    authorizer = layer.add(
        Authorizer(
            "EditorAuthorizer",
            Name="editors",
            RestApiId=Ref(rest_api),
            Type="COGNITO_USER_POOLS",
            IdentitySource="method.request.header.Authorization",
            ProviderARNs=[GetAtt(pool, "Arn")],
        ),
        "Lets editors write who show a token of the user pool",
    )
    layer.provides("UserPoolId", Ref(pool), "The editors' user pool", published=True)
    layer.provides("EditorClientId", Ref(client), "The client with which editors sign in", published=True)
    sign_in = Sub("https://${domain}.auth.${AWS::Region}.amazoncognito.com", domain=Ref(domain))
    layer.provides("SignInUrl", sign_in, "Where editors sign in", published=True)
    return {"AuthorizationType": "COGNITO_USER_POOLS", "AuthorizerId": Ref(authorizer), "AuthorizationScopes": [contract.write_scope]}


def _pool(layer: Layer) -> UserPool:
    return layer.add(
        UserPool(
            "UserPool",
            UsernameAttributes=["email"],
            AutoVerifiedAttributes=["email"],
            # Nobody signs up by himself: editors are made by `admin-create-user`.
            AdminCreateUserConfig=AdminCreateUserConfig(AllowAdminCreateUserOnly=True),
            MfaConfiguration="OPTIONAL",
            EnabledMfas=["SOFTWARE_TOKEN_MFA"],
            Policies=Policies(
                PasswordPolicy=PasswordPolicy(
                    MinimumLength=14,
                    RequireLowercase=True,
                    RequireNumbers=True,
                    RequireSymbols=True,
                    RequireUppercase=True,
                    TemporaryPasswordValidityDays=3,
                )
            ),
            DeletionProtection="ACTIVE" if layer.environment.production else "INACTIVE",
            DeletionPolicy="RetainExceptOnCreate",
            UpdateReplacePolicy="Retain",
        ),
        "The editors, and how they sign in",
    )
