"""What ministack only notes down is made real: names, the database, the service's tasks, the registry's images, requests through the API.

It runs in the endpoint's process, and tells `tests.journey.region` in the test's.
"""

import base64
import json
import re
import secrets
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError

from ministack import app
from ministack.core.responses import get_account_id, get_region, json_response, set_request_account_id
from ministack.services import apigateway_v1, ecr, secretsmanager, sts
from ministack.services.cloudformation import provisioners

from tests.deployment.stricter import Created, Properties
from tests.image.aws import ACCOUNT, LAYERS, REGISTRY
from tests.image.registry import PASSWORD

EXECUTE_API = re.compile(r"([0-9a-z]+)\.execute-api\.[^/]+")
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
HEADER = "integration.request.header."

_describe = ecr.handle_request
_execute = app._handle_execute_api_request
_proxy = apigateway_v1._invoke_http_proxy_v1


class Region:
    """The other process."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.definitions: dict[str, Properties] = {}

    def tell(self, action: str, **arguments: Any) -> None:
        """It is done when this returns; raises ValueError with the reason, which becomes the event's."""
        request = urllib.request.Request(f"{self.url}/{action}", json.dumps(arguments).encode())
        try:
            urllib.request.urlopen(request, timeout=300).close()
        except HTTPError as error:
            raise ValueError(error.read().decode()) from None

    def api(self, created: Created, _: Properties) -> None:
        """Its address is known at once."""
        self.tell("name_api", host=f"{created[0]}.execute-api.{get_region()}.amazonaws.com")

    def balancer(self, created: Created, _: Properties) -> None:
        """The same."""
        self.tell("name_balancer", host=created[1]["DNSName"])

    def database(self, created: Created, properties: Properties) -> None:
        """With the login that its secret has."""
        _, attributes = created
        login = json.loads(secretsmanager.resolve_secret_string(attributes["MasterUserSecret.SecretArn"]))
        names = {"host": attributes["Endpoint.Address"], "database": properties["DBName"]}
        self.tell("start_database", **names, user=login["username"], password=login["password"])

    def definition(self, created: Created, properties: Properties) -> None:
        """Kept until a service takes it."""
        self.definitions[created[0]] = properties

    def service(self, created: Created, properties: Properties) -> None:
        """Its task, with the credentials of the task's role."""
        definition = self.definitions[properties["TaskDefinition"]]
        self.tell("start_task", service=created[0], definition=definition, credentials=credentials(definition["TaskRoleArn"]))


def connect(url: str) -> None:
    """Exchange the functions; once, before the server starts."""
    region = Region(url)
    watched: dict[str, Callable[[Created, Properties], None]] = {
        "AWS::ApiGateway::RestApi": region.api,
        "AWS::ECS::Service": region.service,
        "AWS::ECS::TaskDefinition": region.definition,
        "AWS::ElasticLoadBalancingV2::LoadBalancer": region.balancer,
        "AWS::RDS::DBInstance": region.database,
    }
    for kind, tell in watched.items():
        watch(kind, tell)
    before_deletion("AWS::ECS::Service", lambda _: region.tell("stop_task"))
    ecr.handle_request = describe_images
    ecr._get_download_url_for_layer = layer_url
    app._handle_execute_api_request = execute
    apigateway_v1._invoke_http_proxy_v1 = proxy


def watch(kind: str, tell: Callable[[Created, Properties], None]) -> None:
    """Tell of each resource of this kind that was created, or got another task definition."""
    handler = provisioners._RESOURCE_HANDLERS[kind]
    create, update = handler["create"], handler["update"]

    def created(logical_id: str, properties: Properties, stack: str) -> Created:
        made: Created = create(logical_id, properties, stack)
        tell(made, properties)
        return made

    def updated(physical_id: str, old: Properties, new: Properties, *rest: Any) -> Created:
        made: Created = update(physical_id, old, new, *rest)
        if made[0] != physical_id or old.get("TaskDefinition") != new.get("TaskDefinition"):
            tell(made, new)
        return made

    handler |= {"create": created, "update": updated}


def before_deletion(kind: str, tell: Callable[[str], None]) -> None:
    """Tell of each resource of this kind that is deleted."""
    handler = provisioners._RESOURCE_HANDLERS[kind]
    delete = handler["delete"]

    def deleted(physical_id: str, properties: Properties) -> None:
        tell(physical_id)
        delete(physical_id, properties)

    handler["delete"] = deleted


def credentials(role: str) -> dict[str, str]:
    """What ECS gives a task: a session of its role, whose policies are evaluated."""
    key, secret, token = f"ASIA{secrets.token_hex(8).upper()}", secrets.token_hex(20), secrets.token_hex(40)
    arn = f"arn:aws:sts::{get_account_id()}:assumed-role/{role.rpartition('/')[2]}/task"
    sts.register_session(key, {"Arn": arn, "UserId": "AROA:task", "SecretAccessKey": secret, "SessionToken": token})
    return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}


async def describe_images(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
    """Learn first what was pushed."""
    if headers["x-amz-target"].endswith((".DescribeImages", ".BatchGetImage")):
        learn(json.loads(body)["repositoryName"])
    return await _describe(method, path, headers, body, query)


def learn(repository: str) -> None:
    """The images that the registry has, and ministack does not know."""
    if repository not in ecr._repositories:
        return
    known = {tag for image in ecr._images[repository] for tag in image["imageTags"]}
    for tag in sorted({*json.loads(registry(f"{repository}/tags/list") or b"{}").get("tags", [])} - known):
        manifest = registry(f"{repository}/manifests/{tag}").decode()
        ecr._put_image({"repositoryName": repository, "imageManifest": manifest, "imageManifestMediaType": MANIFEST, "imageTag": tag})


def registry(path: str) -> bytes:
    """What the registry has there; nothing where it has nothing."""
    login = base64.b64encode(f"AWS:{PASSWORD}".encode()).decode()
    request = urllib.request.Request(f"https://{REGISTRY}/v2/{path}", headers={"Accept": MANIFEST, "Authorization": f"Basic {login}"})
    try:
        with urllib.request.urlopen(request) as answer:
            content: bytes = answer.read()
            return content
    except HTTPError as error:
        if error.code != 404:
            raise
        return b""


def layer_url(data: Properties) -> Any:
    """An address at S3, as ECR signs it."""
    address = f"https://{LAYERS}/{data['repositoryName']}/blobs/{data['layerDigest']}"
    return json_response({"downloadUrl": address, "layerDigest": data["layerDigest"]})


async def execute(host: str, path: str, *rest: Any, **more: Any) -> Any:
    """A request by the API's own name; or for a layer."""
    if host == LAYERS:
        return 200, {"Content-Type": "application/octet-stream"}, registry(path.removeprefix("/"))
    if match := EXECUTE_API.fullmatch(host):
        # Nobody signed it, so that nothing says whose API this is.
        set_request_account_id(ACCOUNT)
        stage, _, path = path.removeprefix("/").partition("/")
        path = f"/restapis/{match[1]}/{stage}/_user_request_/{path}"
    return await _execute(host, path, *rest, **more)


async def proxy(integration: Properties, path: str, method: str, headers: dict[str, str], *rest: Any) -> Any:
    """With the headers that the integration adds."""
    added = {
        name.removeprefix(HEADER): headers["host"] if value == "context.domainName" else value.strip("'")
        for name, value in integration["requestParameters"].items()
        if name.startswith(HEADER)
    }
    return await _proxy(integration, path, method, headers | added, *rest)
