"""Service Quotas for the endpoint, and lists of what counts towards them: ministack has neither."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from ministack import app
from ministack.core import iam_actions, router
from ministack.core.responses import get_account_id, get_region

Answer = tuple[int, dict[str, str], bytes]
Handler = Callable[[str, str, Mapping[str, str], bytes, Mapping[str, Any]], Awaitable[Answer]]

PREFIX = "ServiceQuotasV20190624"
# What AWS's pages say that an account has at first.
DEFAULTS = {
    "L-F678F1CE": 5,
    "L-29B6F2EB": 50,
    "L-53DA6B97": 50,
    "L-69A177A2": 50,
    "L-A4C7274F": 20,
    "L-608BDCD4": 10,
    "L-7B6409FD": 40,
    "L-3032A538": 6,
    "L-36FBB829": 6,
}
# What an account asked for and got, at once.
increased: dict[tuple[str, str, str], float] = {}


def add_quotas(standing: Callable[[str], Iterable[str]]) -> None:
    """Serve them; `standing` are the physical ids that the asking account has of a type that ministack lacks."""
    router.SERVICE_PATTERNS["servicequotas"] = {"target_prefixes": [PREFIX], "credential_scope": "servicequotas"}
    iam_actions.SERVICE_TO_IAM_NAMESPACE["servicequotas"] = "servicequotas"
    app.SERVICE_HANDLERS["servicequotas"] = _quotas
    links = {"/vpclinks": ("item", "AWS::ApiGateway::VpcLink"), "/v2/vpclinks": ("items", "AWS::ApiGatewayV2::VpcLink")}
    gateway = app.SERVICE_HANDLERS["apigateway"]

    async def vpc_links(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]) -> Any:
        if method != "GET" or path not in links:
            return await gateway(method, path, headers, body, query)
        items, kind = links[path]
        return _json(200, {items: [{"id": physical} for physical in standing(kind)]})

    app.SERVICE_HANDLERS["apigateway"] = vpc_links


async def _quotas(_method: str, _path: str, headers: Mapping[str, str], body: bytes, _query: Mapping[str, Any]) -> Answer:
    operation, asked = headers["x-amz-target"].rpartition(".")[2], json.loads(body)
    code = asked["QuotaCode"]
    key = (get_account_id(), get_region(), code)
    if operation == "RequestServiceQuotaIncrease":
        increased[key] = asked["DesiredValue"]
        return _json(200, {"RequestedQuota": {"QuotaCode": code, "DesiredValue": asked["DesiredValue"], "Status": "APPROVED"}})
    values = {"GetServiceQuota": increased.get(key), "GetAWSDefaultServiceQuota": DEFAULTS.get(code)}
    if (value := values[operation]) is None:
        return _json(
            400, {"__type": "NoSuchResourceException", "Message": "The request failed because the specified quota does not exist."}
        )
    return _json(200, {"Quota": {"ServiceCode": asked["ServiceCode"], "QuotaCode": code, "Value": value}})


def _json(status: int, document: object) -> Answer:
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(document).encode()
