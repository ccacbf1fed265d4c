"""CloudFormation, Elastic Load Balancing and RDS, as far as the preview asks them, on loopback: they answer from what is given."""

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


class Instance(NamedTuple):
    """What RDS says of every database, or the error with which it answers."""

    storage: int = 20
    status: str = "available"
    parameters: str = "in-sync"
    error: str = ""


QUIET = Instance()


@contextmanager
def answering(stacks: Mapping[str, Stack], weights: tuple[int, int], instance: Instance = QUIET) -> Iterator[str]:
    """An endpoint of which these are all stacks, these the weights of every rule, and this every database; its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = {name: values[0] for name, values in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
            stack = stacks.get(query.get("StackName", ""))
            if query["Action"] == "DescribeDBInstances" and instance.error:
                self._send(400, f"<ErrorResponse><Error><Code>{instance.error}</Code><Message>No</Message></Error></ErrorResponse>")
                return
            if query["Action"] not in ("DescribeRules", "DescribeDBInstances") and stack is None:
                message = f"Stack with id {query['StackName']} does not exist"
                error = f"<Code>ValidationError</Code><Message>{message}</Message>"
                self._send(400, f"<ErrorResponse><Error>{error}</Error></ErrorResponse>")
                return
            answers: dict[str, Callable[[], str]] = {
                "DescribeStacks": lambda: f"<Stacks>{_member(StackName='x', StackStatus=_known(stack).status)}</Stacks>",
                "GetTemplate": lambda: f"<TemplateBody>{escape(_known(stack).template)}</TemplateBody>",
                "ListStackResources": lambda: f"<StackResourceSummaries>{_members(_known(stack))}</StackResourceSummaries>",
                "DescribeRules": lambda: _rules(weights),
                "DescribeDBInstances": lambda: _database(instance),
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


def _database(instance: Instance) -> str:
    group = f"<DBParameterGroup><ParameterApplyStatus>{instance.parameters}</ParameterApplyStatus></DBParameterGroup>"
    found = f"<AllocatedStorage>{instance.storage}</AllocatedStorage><DBInstanceStatus>{instance.status}</DBInstanceStatus>"
    return f"<DBInstances><DBInstance>{found}<DBParameterGroups>{group}</DBParameterGroups></DBInstance></DBInstances>"


def _rules(weights: tuple[int, int]) -> str:
    groups = "".join(_member(TargetGroupArn=str(index), Weight=str(weight)) for index, weight in enumerate(weights))
    action = _member(Type="forward", ForwardConfig=f"<TargetGroups>{groups}</TargetGroups>")
    return f"<Rules>{_member(Actions=action)}</Rules>"
