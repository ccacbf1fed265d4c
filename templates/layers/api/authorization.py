"""Who may write: everybody, callers of this account (IAM), holders of a key, or editors who signed in (Cognito)."""

from collections.abc import Mapping
from typing import Any

from troposphere import Ref
from troposphere.apigateway import ApiKey, ApiStage, RestApi, Stage, UsagePlan, UsagePlanKey

from templates import names
from templates.layer import Layer
from templates.layers.api.cognito import cognito


def authorization(layer: Layer, rest_api: RestApi) -> Mapping[str, Any]:
    """The properties of a method that writes."""
    match layer.environment.api.authorization:
        case "none":
            return {"AuthorizationType": "NONE"}
        case "iam":
            return {"AuthorizationType": "AWS_IAM"}
        case "api_key":
            return {"AuthorizationType": "NONE", "ApiKeyRequired": True}
        case "cognito":
            return cognito(layer, rest_api)


def grant(layer: Layer, stage: Stage) -> None:
    """What authorization adds once there is a stage: the key and its usage plan."""
    if layer.environment.api.authorization != "api_key":
        return
    plan = layer.add(
        UsagePlan(
            "UsagePlan",
            UsagePlanName=names.stack(layer.environment),
            ApiStages=[ApiStage(ApiId=Ref("RestApi"), Stage=Ref(stage))],
        ),
        "What holders of a key may use",
    )
    # AWS makes the value, so that it stands in no template: aws apigateway get-api-key --include-value
    key = layer.add(ApiKey("EditorKey", Enabled=True, Description="Editors of the catalogue"), "The editors' key")
    layer.add(UsagePlanKey("EditorPlan", KeyId=Ref(key), KeyType="API_KEY", UsagePlanId=Ref(plan)), "Lets the key use the API")
    layer.provides("EditorKeyId", Ref(key), "The id of the editors' API key", published=True)
