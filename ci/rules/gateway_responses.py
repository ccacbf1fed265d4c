"""The gateway's own errors are JSON with a title, as the service's are, and a page that may call the API can read them.

Otherwise callers need two ways to read an error, and a page cannot tell why its call was refused.
"""

import json
import re
from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Finding

SEVERITY = "weakens"
SOURCE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html"
REMEDY = "Answer DEFAULT_4XX and DEFAULT_5XX with problem details (RFC 9457)."

DEFAULTS = {"DEFAULT_4XX", "DEFAULT_5XX"}
TYPE = "gatewayresponse.header.Content-Type"
ORIGIN = "gatewayresponse.header.Access-Control-Allow-Origin"
# Of these one arrives with its quotes, the others are put inside quotes.
QUOTED, VARIABLE = "$context.error.messageString", re.compile(r"\$context\.[\w.]+")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at types, header and body."""
    responses = deployment.of("AWS::ApiGateway::GatewayResponse")
    for api in deployment.of("AWS::ApiGateway::RestApi"):
        if missing := DEFAULTS - {each.get("ResponseType") for each in responses if each.target("RestApiId") is api}:
            yield Finding(api, f"answers {', '.join(sorted(missing))} in the gateway's own shape.")
    for response in responses:
        headers = response.get("ResponseParameters", default={})
        if headers.get(TYPE) != "'application/problem+json'":
            yield Finding(response, f"answers as {headers.get(TYPE)}, not as problem details.")
        if deployment.environment.api.cors_origins and not headers.get(ORIGIN):
            yield Finding(response, "cannot be read by a page of another origin, which may call the API.")
        for name, value in headers.items():
            if not re.fullmatch(r"'[^']*'|(context|method|stageVariables)\.[\w.-]+", str(value)):
                yield Finding(response, f"has the header {name} = {value}, which is neither quoted nor known to the gateway.")
        for kind, body in response.need("ResponseTemplates").items():
            if kind != "application/json" or not _is_problem(str(body)):
                yield Finding(response, f"answers {kind} with a body that is not JSON with a title: {body}")
        if not re.fullmatch(r"[45]\d\d", str(response.get("StatusCode", default=400))):
            yield Finding(response, f"answers an error with the status {response.get('StatusCode')}.")


def _is_problem(body: str) -> bool:
    try:
        return "title" in json.loads(VARIABLE.sub("x", body.replace(QUOTED, '""')))
    except ValueError:
        return False
