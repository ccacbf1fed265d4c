"""The few physical names, each with its reason. Everything else is named by CloudFormation, so that it can be replaced.

A resource with a name of its own cannot be replaced while it stands.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
"""

import hashlib

from templates.settings import Environment

DATABASE_PORT = 5432


def stack(environment: Environment) -> str:
    """The root stack: roles may touch what begins with it, since CloudFormation's names begin with the stack's."""
    return f"{environment.project}-{environment.name}"


def bootstrap_stack(environment: Environment) -> str:
    """The stack that is deployed before the root stack; not named like the nested ones, so that what deploys them cannot touch it."""
    return f"{environment.project}-bootstrap-{environment.name}"


def account_stack(environment: Environment) -> str:
    """The stack that is deployed once an account and region."""
    return f"{environment.project}-account"


def repository(environment: Environment) -> str:
    """The ECR repository: the deployment joins it with a digest, and policies name it before it exists."""
    return stack(environment)


def boundary(environment: Environment) -> str:
    """The permissions boundary: every role names it, and the execution role may create no role without it."""
    return f"{stack(environment)}-boundary"


def database_instance(environment: Environment) -> str:
    """The database: RDS names its log groups after it, and ours must be there before RDS makes its own, which never expire.

    One that is made from a snapshot has another name, so that CloudFormation can create it beside the one that it replaces.
    """
    snapshot = environment.database.snapshot
    return f"{stack(environment)}-{hashlib.sha256(snapshot.encode()).hexdigest()[:8]}" if snapshot else stack(environment)


def database_instances(environment: Environment) -> tuple[str, ...]:
    """Patterns for what a deployment creates, and for the database that a snapshot replaces."""
    return (stack(environment), f"{stack(environment)}-*") if environment.database.snapshot else (stack(environment),)


def rollback_alarms(environment: Environment) -> tuple[str, ...]:
    """The alarms that roll a deployment back: the preflight looks them up by name before a deployment begins."""
    return tuple(f"{stack(environment)}-rollback-{reason}" for reason in ("errors", "unhealthy"))


def waf_log_group(environment: Environment) -> str:
    """AWS WAF logs only to groups whose name begins with aws-waf-logs-."""
    return f"aws-waf-logs-{stack(environment)}"


def cognito_domain(environment: Environment) -> str:
    """Cognito demands a name for the sign-in pages, unique in the region: the account's id is added.

    It refuses names with the words aws, amazon or cognito in them, which a project's name may have: hence the digest.
    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html
    """
    return f"editors-{digest(environment)}"


def digest(environment: Environment) -> str:
    """What is in a name instead of the stack's, where AWS does not take that."""
    return hashlib.sha256(stack(environment).encode()).hexdigest()[:8]
