"""GitHub's identity provider, which signs the tokens that workflows show."""

OIDC_HOST = "token.actions.githubusercontent.com"
