"""Requests to the API, by its own name or by this machine's: methods, authorizers and throttling are ministack's, from the template."""

import re
from typing import Any
from urllib.parse import quote

from ministack import app
from ministack.core.responses import get_request_client_ip, set_request_account_id, set_request_region
from ministack.services import apigateway_v1

from local import load_balancer
from local.stricter import Properties

EXECUTE_API = re.compile(r"([0-9a-z]+)\.execute-api\.[^/]+")
HEADER, PATH = "integration.request.header.", "integration.request.path."
NO_API = b"No API is deployed here yet.\n"

_execute = app._handle_execute_api_request
_proxy = apigateway_v1._invoke_http_proxy_v1


class Gateway:
    """Where a browser finds the API: the host and port of this machine, over plain HTTP."""

    def __init__(self, address: str) -> None:
        self.address = address

    def connect(self) -> None:
        """Exchange the functions; once, before the server starts."""
        app._handle_execute_api_request = self.execute
        apigateway_v1._invoke_http_proxy_v1 = self.proxy

    async def execute(self, host: str, path: str, *rest: Any, **more: Any) -> Any:
        """A request to an API's name; or to this machine's, by its stage: /dev/books."""
        stage, _, inner = path.removeprefix("/").partition("/")
        if match := EXECUTE_API.fullmatch(host):
            api: str | None = match[1]
        elif host == self.address:
            api = next((api for (_, _, api), stages in apigateway_v1._stages_v1.all_items() if stage in stages), None)
            if api is None:
                return 404, {"Content-Type": "text/plain"}, NO_API
        else:
            return await _execute(host, path, *rest, **more)
        for account, region, each in apigateway_v1._rest_apis.to_dict():
            if each == api:
                # Nobody signed it, so that nothing else says whose API this is.
                set_request_account_id(account)
                set_request_region(region)
        return await _execute(host, f"/restapis/{api}/{stage}/_user_request_/{inner}", *rest, **more)

    async def proxy(  # noqa: PLR0917 as ministack calls it
        self, integration: Properties, path: str, method: str, headers: dict[str, str], body: bytes, query: Any, parameters: Any = None
    ) -> Any:
        """Through the VPC link to a load balancer, with the headers that the integration adds."""
        url, host, asked = integration["uri"], headers["host"], integration.get("requestParameters", {})
        added = {name.removeprefix(HEADER).lower(): self._value(value, host) for name, value in asked.items() if name.startswith(HEADER)}
        for name in asked:
            if name.startswith(PATH):
                placeholder = name.removeprefix(PATH)
                url = url.replace(f"{{{placeholder}}}", quote((parameters or {}).get(placeholder, ""), safe=""))
        through = headers | added | {"host": url.split("/")[2]}
        answer = await load_balancer.answer(url, method, through, body, query, client=get_request_client_ip())
        return answer or await _proxy(integration, path, method, headers, body, query, parameters)

    def _value(self, value: str, host: str) -> str:
        if value == "context.domainName":
            return host
        # Only AWS ends TLS for the public: what a browser here asks, it asks over HTTP.
        return "http" if value == "'https'" and host == self.address else value.strip("'")
