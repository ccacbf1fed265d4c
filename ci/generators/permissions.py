"""Makes templates/layers/bootstrap/permissions.json anew: what CloudFormation needs to create the types of resources that the stacks use.

Source: the CloudFormation registry's resource schemas and the service authorization reference, both as cfn-lint ships them.
Usage: python -m ci.generators.permissions
"""

import json
from fnmatch import fnmatchcase
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Literal

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from templates.render import layers
from templates.settings import Api, Environment, Monitoring, Network, Service, Slack

TARGET = Path(__file__).parents[2] / "templates" / "layers" / "bootstrap" / "permissions.json"

# The services that the stacks use.
SERVICES = frozenset(
    {
        "apigateway",
        "application-autoscaling",
        "billing",
        "budgets",
        "chatbot",
        "cloudformation",
        "cloudwatch",
        "cognito-idp",
        "ec2",
        "ecs",
        "elasticloadbalancing",
        "events",
        "kms",
        "logs",
        "rds",
        "s3",
        "secretsmanager",
        "sns",
        "ssm",
        "wafv2",
    }
)
# What handlers list for uses of their types that these stacks do not make of them; iam has statements of its own.
OTHER_SERVICES = frozenset(
    {
        "amplify",
        "apprunner",
        "appsync",
        "autoscaling",
        "bedrock-agentcore",
        "cloudfront",
        "firehose",
        "iam",
        "lambda",
        "payments",
        "s3tables",
        "vpc-lattice",
        "vpce",
    }
)
# Powerful, and needed only for properties that these stacks do not set.
UNUSED = (
    "ec2:*VpcEncryptionControl",
    "ec2:*VerifiedAccess*",
    "ecs:PutAccountSetting*",
    "elasticloadbalancing:SetWebACL",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
    "logs:PutBearerTokenAuthentication",
    "rds:PromoteReadReplica*",
    "rds:Restore*",
    "s3:CreateBucketMetadata*",
    "s3:DeleteBucketMetadata*",
    "s3:Put*Acl",
    "s3:PutReplicationConfiguration",
    "s3:UpdateBucketMetadata*",
    "ssm:*ateAssociation",
    "ssm:DeleteAssociation",
    "wafv2:PutPermissionPolicy",
)

INGRESS: tuple[Literal["nlb", "alb"], ...] = ("nlb", "alb")
AUTHORIZATION: tuple[Literal["api_key", "cognito"], ...] = ("api_key", "cognito")


def everything() -> list[Environment]:
    """Settings that between them switch everything on."""
    return [
        Environment(
            project="awsome-books",
            region="us-east-1",
            name="all",
            ingress=ingress,
            bastion=True,
            network=Network(zones=("us-east-1a", "us-east-1b")),
            service=Service(exec=True),
            api=Api(authorization=authorization, domain="api.example.org", cors_origins=("https://example.org",)),
            monitoring=Monitoring(email="a@example.org", slack=Slack(workspace_id="T0000000", channel_id="C0000000"), budget_usd=100),
        )
        for ingress, authorization in product(INGRESS, AUTHORIZATION)
    ]


def permissions() -> dict[str, object]:
    """The actions of each resource type, and those actions that take no resource."""
    types = {
        str(resource.resource_type)
        for environment in everything()
        for layer in layers(environment)
        for resource in layer.template.resources.values()
    } | {"AWS::CloudFormation::Stack"}
    reference = json.loads(files("cfnlint.data.AdditionalSpecs").joinpath("Policies.json").read_text(encoding="utf-8"))

    def known(action: str) -> bool:
        service, name = action.split(":")
        if service not in SERVICES | OTHER_SERVICES:
            raise SystemExit(f"{action} is of a service that is new here: add it to SERVICES or to OTHER_SERVICES in {__file__}.")
        unused = any(fnmatchcase(action, pattern) for pattern in UNUSED)
        return service in SERVICES and not unused and name.lower() in reference[service]["Actions"]

    resource_types = {kind: sorted(action for action in _handlers(kind) if known(action)) for kind in sorted(types)}
    actions = {action for needed in resource_types.values() for action in needed}
    without_resource = [
        action
        for action in sorted(actions)
        if not reference[action.split(":")[0]]["Actions"][action.split(":")[1].lower()].get("Resources")
    ]
    return {"resource_types": resource_types, "without_resource": without_resource}


def _handlers(kind: str) -> set[str]:
    handlers = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema["handlers"]
    return {action for name, handler in handlers.items() if name != "list" for action in handler["permissions"]}


def text() -> str:
    """The file's text."""
    return json.dumps(permissions(), indent=1) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
