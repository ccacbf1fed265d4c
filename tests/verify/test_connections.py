"""Which connections there are, and whether each is encrypted."""

import copy

import pytest

from ci.model import Deployment
from ci.model.connections import connections
from tests.rendering import deployed
from tests.settings import Table

TLS: Table = {"encryption": "end_to_end", "certificate_domain": "a.example.org"}


def shown(deployment: Deployment) -> list[str]:
    return [f"{way.source} {way.target} {way.label}" for way in connections(deployment)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, ["gateway nlb HTTP 80", "nlb alb HTTP 80", "alb service HTTP 8080"]),
        ({"ingress": "alb"}, ["gateway alb HTTP 80", "alb service HTTP 8080"]),
        (TLS, ["gateway nlb TLS 443", "nlb alb TLS 443", "alb service TLS 8443"]),
        ({**TLS, "ingress": "alb"}, ["gateway alb TLS 443", "alb service TLS 8443"]),
    ],
)
def test_the_way_of_a_request(change: Table, expected: list[str]) -> None:
    rest = ["service database TLS 5432", "service endpoints TLS 443", "service s3 TLS 443"]
    assert shown(deployed(change)) == ["user gateway TLS 443", *expected, *rest]


def test_the_bastion_calls_too() -> None:
    assert shown(deployed({"bastion": True}))[-2:] == ["bastion database TLS 5432", "bastion endpoints TLS 443"]


@pytest.mark.parametrize(
    ("template", "logical_id", "path", "value", "expected"),
    [
        ("database", "Parameters", ("Parameters", "rds.force_ssl"), "0", "service database TCP 5432"),
        ("load_balancing", "GreenTargetGroup", ("Protocol",), "HTTP", "alb service HTTP 8443"),
        ("load_balancing", "Listener", ("Protocol",), "HTTP", "nlb alb HTTP 443"),
        ("api", "BooksGet", ("Integration", "Uri"), "http://a.example.org", "gateway nlb HTTP 443"),
    ],
)
def test_one_plain_end_makes_it_plain(template: str, logical_id: str, path: tuple[str, ...], value: str, expected: str) -> None:
    before = deployed(TLS)
    raw = copy.deepcopy({name: found.raw for name, found in before.templates.items()})
    place = raw[template]["Resources"][logical_id]["Properties"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert expected in shown(Deployment(raw, before.environment))
