"""A resource for each path of the service, and a method for each of its operations, passed on as they are."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from troposphere import AWSObject, GetAtt, Ref, Sub
from troposphere.apigateway import Integration, Method, Resource, RestApi

from templates import timeouts
from templates.layer import Layer
from templates.layers.api.operations import Operation, operations


class Backend(NamedTuple):
    """What every method needs to know."""

    rest_api: RestApi
    vpc_link: AWSObject
    host: Ref
    authorization: Mapping[str, Any]


def methods(layer: Layer, backend: Backend) -> None:
    """Add the resources and methods of all operations; with CORS also OPTIONS, which the service answers."""
    resources: dict[str, Any] = {"": GetAtt(backend.rest_api, "RootResourceId")}
    contract = layer.environment.contract
    documented = operations(contract.path / contract.document)
    for operation in documented:
        _method(layer, backend, operation, _resource(layer, backend.rest_api, resources, operation.path.rstrip("/")))
    if layer.environment.api.cors_origins:
        for path in dict.fromkeys(operation.path for operation in documented):
            preflight = Operation("OPTIONS", path, f"options{_title(path)}", "What a browser may send")
            _method(layer, backend, preflight, resources[path.rstrip("/")])


def _resource(layer: Layer, rest_api: RestApi, resources: dict[str, Any], path: str) -> Any:
    if path not in resources:
        parent, _, part = path.rpartition("/")
        resource = Resource(
            f"{_title(path)}Resource", RestApiId=Ref(rest_api), ParentId=_resource(layer, rest_api, resources, parent), PathPart=part
        )
        resources[path] = Ref(layer.add(resource, f"The path {path}"))
    return resources[path]


def _method(layer: Layer, backend: Backend, operation: Operation, resource: Any) -> None:
    environment = layer.environment
    integration = Integration(
        Type="HTTP_PROXY",
        IntegrationHttpMethod=operation.method,
        Uri=Sub(f"{'https' if environment.end_to_end else 'http'}://${{host}}{operation.path}", host=backend.host),
        ConnectionType="VPC_LINK",
        ConnectionId=Ref(backend.vpc_link),
        TimeoutInMillis=timeouts.GATEWAY * 1000,
        RequestParameters={
            # The service builds its links from these: it sees the name of a balancer, and the ALB says http.
            # Both are set always, so that no caller can set them.
            "integration.request.header.X-Public-Host": "context.domainName",
            "integration.request.header.X-Public-Prefix": "'/'" if environment.api.domain else f"'/{environment.name}'",
            "integration.request.header.X-Public-Proto": "'https'",
            **{f"integration.request.path.{name}": f"method.request.path.{name}" for name in operation.path_parameters},
        },
    )
    if environment.ingress == "alb":
        integration.IntegrationTarget = layer.needs("EntranceArn")
    method = Method(
        f"{_title(operation.path)}{operation.method.capitalize()}",
        RestApiId=Ref(backend.rest_api),
        ResourceId=resource,
        HttpMethod=operation.method,
        OperationName=operation.name,
        Integration=integration,
        **(backend.authorization if operation.writes else {"AuthorizationType": "NONE"}),
    )
    if operation.path_parameters:
        method.RequestParameters = {f"method.request.path.{name}": True for name in operation.path_parameters}
    layer.add(method, f"{operation.method} {operation.path}: {operation.summary}")


def _title(path: str) -> str:
    words = "".join(character if character.isalnum() else " " for character in path).split()
    return "".join(word.capitalize() for word in words) or "Root"
