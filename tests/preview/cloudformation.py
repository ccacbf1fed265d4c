"""CloudFormation and Elastic Load Balancing, as far as the preview asks them, on loopback: they answer from stacks that are given."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import NamedTuple
from urllib.parse import parse_qs
from xml.sax.saxutils import escape


class Stack(NamedTuple):
    """A stack's template, and its nested stacks and rules: logical id to type and physical id."""

    template: str
    resources: Mapping[str, tuple[str, str]]
    status: str = "UPDATE_COMPLETE"


@contextmanager
def answering(stacks: Mapping[str, Stack], weights: tuple[int, int]) -> Iterator[str]:
    """An endpoint of which these are all stacks, and these the weights of every rule; its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = {name: values[0] for name, values in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
            stack = stacks.get(query.get("StackName", ""))
            if query["Action"] != "DescribeRules" and stack is None:
                message = f"Stack with id {query['StackName']} does not exist"
                error = f"<Code>ValidationError</Code><Message>{message}</Message>"
                self._send(400, f"<ErrorResponse><Error>{error}</Error></ErrorResponse>")
                return
            answers: dict[str, Callable[[], str]] = {
                "DescribeStacks": lambda: f"<Stacks>{_member(StackName='x', StackStatus=_known(stack).status)}</Stacks>",
                "GetTemplate": lambda: f"<TemplateBody>{escape(_known(stack).template)}</TemplateBody>",
                "ListStackResources": lambda: f"<StackResourceSummaries>{_members(_known(stack))}</StackResourceSummaries>",
                "DescribeRules": lambda: _rules(weights),
            }
            action = query["Action"]
            self._send(200, f"<{action}Response><{action}Result>{answers[action]()}</{action}Result></{action}Response>")

        def _send(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _known(stack: Stack | None) -> Stack:
    assert stack
    return stack


def _member(**values: str) -> str:
    return f"<member>{''.join(f'<{name}>{value}</{name}>' for name, value in values.items())}</member>"


def _members(stack: Stack) -> str:
    return "".join(
        _member(LogicalResourceId=logical, PhysicalResourceId=physical, ResourceType=kind, ResourceStatus="CREATE_COMPLETE")
        for logical, (kind, physical) in stack.resources.items()
    )


def _rules(weights: tuple[int, int]) -> str:
    groups = "".join(_member(TargetGroupArn=str(index), Weight=str(weight)) for index, weight in enumerate(weights))
    action = _member(Type="forward", ForwardConfig=f"<TargetGroups>{groups}</TargetGroups>")
    return f"<Rules>{_member(Actions=action)}</Rules>"
