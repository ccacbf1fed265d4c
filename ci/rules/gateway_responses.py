"""The gateway's own errors look like the service's: problem details, and 404 where there is no such path.

Otherwise callers need two ways to read an error, a path that does not exist is answered with a 403 about a token, and a page that may call
the API cannot read why it was refused.
"""

import json
from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Finding, compare

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html"
REMEDY = "Leave the responses to templates/layers/api/."


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at types, status, header and body."""
    types = {response.get("ResponseType") for response in deployment.of("AWS::ApiGateway::GatewayResponse")}
    # Where callers sign their requests, a token that is missing is just that.
    no_path = set() if deployment.environment.api.authorization == "iam" else {"MISSING_AUTHENTICATION_TOKEN"}
    if types != {"DEFAULT_4XX", "DEFAULT_5XX"} | no_path:
        yield Finding(deployment.only("AWS::ApiGateway::RestApi"), "answers some errors in the gateway's own shape.")
    headers = {"gatewayresponse.header.Content-Type": "'application/problem+json'"}
    if deployment.environment.api.cors_origins:
        headers["gatewayresponse.header.Access-Control-Allow-Origin"] = "'*'"
    for response in deployment.of("AWS::ApiGateway::GatewayResponse"):
        yield from compare(response, "ResponseParameters", response.get("ResponseParameters"), headers, "these are its headers")
        if response.need("ResponseTemplates").keys() != {"application/json"}:
            yield Finding(response, "answers in another format than JSON.")
        body = str(response.get("ResponseTemplates", "application/json", default=""))
        if not _is_problem(body):
            yield Finding(response, f"answers with a body that is no JSON with a title: {body}.")
        missing = response.get("ResponseType") == "MISSING_AUTHENTICATION_TOKEN"
        if response.get("StatusCode") != ("404" if missing else None):
            yield Finding(response, "answers with another status than the error's, or not with 404 where there is no such path.")


def _is_problem(body: str) -> bool:
    """Whether it becomes JSON with a title; this one variable arrives with its quotes."""
    try:
        return "title" in json.loads(body.replace("$context.error.messageString", '""'))
    except ValueError:
        return False
