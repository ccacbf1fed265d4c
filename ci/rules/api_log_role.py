"""API Gateway may write access logs: the account's role for it is set, trusts the gateway, and outlives the stack.

Without it a stage with an access log is not created (sst 1556).
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.model.identity import trust
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html#set-up-access-logging-permissions"
REMEDY = "Keep the role in the account stack, or set account.api_gateway_log_role = false where somebody else has set one."


def check(deployment: Deployment) -> Iterator[Finding]:
    """The account stack has the role, where the settings ask for it."""
    if not deployment.environment.account.api_gateway_log_role:
        return
    account = deployment.only("AWS::ApiGateway::Account")
    if account.template.name != "account":
        yield Finding(account, "is a setting of the whole account and region, and would go with this stack.")
    role = account.target("CloudWatchRoleArn")
    if not any(statement.principals.get("Service") == ["apigateway.amazonaws.com"] for statement in trust(deployment, role)):
        yield Finding(role, "does not trust API Gateway.")
