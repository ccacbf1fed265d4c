"""The partner: the key for a third party's API, whose value somebody who has it writes there once."""

import awacs.secretsmanager
from troposphere import Ref
from troposphere.secretsmanager import GenerateSecretString, Secret

from templates import names, policies
from templates.layer import Layer
from templates.settings import Environment


def partner(environment: Environment) -> Layer:
    """The secret; it outlives the stack."""
    layer = Layer("partner", environment, "the key for a third party's API")
    key = layer.add(
        Secret(
            "Key",
            # CloudFormation's own name would not begin with the stack's, by which roles are scoped.
            Name=f"{names.stack(environment)}-partner",
            Description="The key for the third party's API: aws secretsmanager put-secret-value",
            # Nobody knows it; it is there so that there is a value until somebody writes the key.
            GenerateSecretString=GenerateSecretString(PasswordLength=32),
            DeletionPolicy="RetainExceptOnCreate",
            UpdateReplacePolicy="Retain",
        ),
        "The key for the third party's API",
    )
    layer.tells("PARTNER_KEY_ARN", Ref(key))
    layer.lets_call("secretsmanager", [awacs.secretsmanager.GetSecretValue], [Ref(key)])
    layer.lets_call(None, *policies.DECRYPT_SECRETS)
    return layer
