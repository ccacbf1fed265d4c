"""What the pictures show, of every allowed combination of settings."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci.commands import draw
from ci.model import Deployment
from ci.model.deployment import SUFFIX
from ci.pictures.architecture import architecture
from ci.pictures.canvas import SMALL, TITLE, USUAL, width_of
from ci.pictures.stacks import stacks
from tests import matrix
from tests.rendering import deployed, rendered
from tests.settings import ROOT, Table

SVG = "{http://www.w3.org/2000/svg}"
COMBINATIONS = dict(matrix.combinations())


def parsed(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)


def texts(picture: str) -> list[str]:
    return [element.text or "" for element in parsed(picture).iter(f"{SVG}text")]


def boxes(picture: str, *kinds: str) -> list[tuple[float, float, float, float]]:
    found = []
    for element in parsed(picture).iter(f"{SVG}rect"):
        if element.get("class") in kinds:
            x, y, width, height = (float(element.get(name, 0)) for name in ("x", "y", "width", "height"))
            found.append((x, y, x + width, y + height))
    return found


@given(st.sampled_from(sorted(COMBINATIONS)))
@settings(max_examples=30, deadline=None)
def test_of_any_combination(name: str) -> None:
    deployment = rendered(COMBINATIONS[name])
    picture = architecture(deployment)
    assert picture == architecture(rendered(COMBINATIONS[name]))
    words = texts(picture)
    for subnet in deployment.of("AWS::EC2::Subnet"):
        assert str(subnet.get("CidrBlock")) in words
    assert any("no way to the Internet" in line for line in words)
    assert ("plain" in " ".join(words)) == (not COMBINATIONS[name].end_to_end)
    assert ("Cognito" in words) == bool(deployment.of("AWS::Cognito::UserPool"))
    _, _, right, bottom = (float(number) for number in parsed(picture).get("viewBox", "").split())
    parts = boxes(picture, "part", "out")
    for box in parts:
        assert 0 <= box[0] < box[2] <= right and 0 <= box[1] < box[3] <= bottom
    for one, other in combinations(parts, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart, f"{one} lies on {other}"


@given(st.sampled_from(sorted(COMBINATIONS)))
@settings(max_examples=10, deadline=None)
def test_the_stacks_of_any_combination(name: str) -> None:
    deployment = rendered(COMBINATIONS[name])
    picture = stacks(deployment)
    words = texts(picture)
    for template in deployment.templates.values():
        assert (template.name in words) == (template.stack is not None)
    assert len(boxes(picture, "bar", "critical")) == sum(template.stack is not None for template in deployment.templates.values())


def test_names_cannot_break_the_picture() -> None:
    deployment = deployed({})
    deployment.only("AWS::ApiGateway::Stage").properties["StageName"] = "<script>&"
    assert "stage <script>&" in texts(architecture(deployment))


def test_a_way_to_the_internet_is_shown() -> None:
    before = deployed({})
    raw = {name: template.raw for name, template in before.templates.items()}
    network = {**raw["network"], "Resources": {**raw["network"]["Resources"], "Gateway": {"Type": "AWS::EC2::InternetGateway"}}}
    words = texts(architecture(Deployment({**raw, "network": network}, before.environment)))
    assert any("with network.Gateway, a way to the Internet" in line for line in words)


def arrows(picture: str) -> list[tuple[str, list[tuple[float, float]]]]:
    """Each arrow's look, and the points on its way."""
    found = []
    for element in parsed(picture).iter(f"{SVG}path"):
        if element.get("class"):
            numbers = [float(number) for number in re.findall(r"-?[\d.]+", element.get("d", ""))]
            found.append((element.get("class", ""), list(zip(numbers[::2], numbers[1::2], strict=True))))
    return found


def box_with(picture: str, first: str) -> tuple[float, float, float, float]:
    """The first box whose heading this is."""
    [x, y] = next((float(e.get("x", 0)), float(e.get("y", 0))) for e in parsed(picture).iter(f"{SVG}text") if e.text == first)
    return next(box for box in boxes(picture, "part", "out") if box[0] < x < box[2] and box[1] < y < box[3])


def test_the_way_to_aws_begins_at_the_interface_endpoints() -> None:
    for zones in ("one", "all"):
        picture = architecture(deployed({"network": {"endpoint_zones": zones}}))
        words = texts(picture)
        assert words.count("VPC endpoints") == (1 if zones == "one" else 2) and not any("gateway)" in word for word in words)
        left, top, _, bottom = box_with(picture, "AWS services")
        [start] = [points[0] for _, points in arrows(picture) if points[-1][0] == left - 2 and top < points[-1][1] < bottom]
        places = [box_with(picture, "VPC endpoints")] if zones == "one" else boxes(picture, "part")
        assert any(start[0] == right and y < start[1] < end for _, y, right, end in places)


def test_the_token_goes_to_the_user_who_sends_it() -> None:
    picture = architecture(deployed({}))
    user, cognito, gateway = (box_with(picture, name) for name in ("User", "Cognito", "API Gateway"))
    ends = [(points[0], points[-1]) for _, points in arrows(picture)]
    assert any(start[1] == cognito[1] and end[1] == user[3] + 2 for start, end in ends)
    assert not any(start[0] == cognito[2] and gateway[0] <= end[0] <= gateway[2] for start, end in ends)
    words = texts(picture)
    assert {"token", "with token", "user → Cognito"} <= set(words)
    assert not {"token", "with token", "user → Cognito"} & set(texts(architecture(deployed({"api": {"authorization": "iam"}}))))


def test_what_is_not_tls_is_not_drawn_as_tls() -> None:
    old = deployed({})
    raw = {name: json.loads(json.dumps(template.raw)) for name, template in old.templates.items()}
    del raw["api"]["Resources"]["RestApi"]["Properties"]["SecurityPolicy"]
    picture = architecture(Deployment(raw, old.environment))
    right, left = box_with(picture, "User")[2], box_with(picture, "API Gateway")[0]
    assert [look for look, points in arrows(picture) if points[0][0] == right and points[-1][0] == left - 2] == ["plain"]
    assert "old TLS 443" in texts(picture)


def test_what_tasks_do_not_call_hangs_on_no_arrow() -> None:
    picture = architecture(deployed({}))
    left, top, right, bottom = box_with(picture, "Not called by tasks")
    assert not [points for _, points in arrows(picture) for x, y in points if left - 4 <= x <= right and top <= y <= bottom]


ZONES = ["us-east-1a", "us-east-1b", "us-east-1c"]
WIDE = [
    {"region": "ap-southeast-1", "network": {"zones": ["ap-southeast-1a", "ap-southeast-1b"]}},
    {"network": {"zones": ZONES}, "bastion": True, "monitoring": {"slack": {"workspace_id": "T01234567", "channel_id": "C01234567"}}},
    {"network": {"zones": ZONES, "endpoint_zones": "one"}, "service": {"exec": True}, "ingress": "alb"},
    {"project": "a-project-of-20-chars"[:20], "api": {"authorization": "api_key"}, "database": {"instance_class": "db.r7g.16xlarge"}},
    {"encryption": "end_to_end", "certificate_domain": "a.example.org", "bastion": True, "network": {"endpoint_zones": "one"}},
]


@pytest.mark.parametrize("change", WIDE)
@pytest.mark.parametrize("draw_it", [architecture, stacks])
def test_every_text_has_room(change: Table, draw_it: Callable[[Deployment], str]) -> None:
    picture = draw_it(deployed(change))
    _, _, width, _ = (float(number) for number in parsed(picture).get("viewBox", "").split())
    assert width <= 850 or len(change.get("network", {}).get("zones", ())) == 3
    for element in parsed(picture).iter(f"{SVG}text"):
        looks, x, y, words = (
            (element.get("class") or "").split(),
            float(element.get("x", 0)),
            float(element.get("y", 0)),
            element.text or "",
        )
        wide = width_of(words, SMALL if "small" in looks else TITLE if "title" in looks else USUAL)
        start = x if "left" in looks else x - wide if "end" in looks else x - wide / 2
        assert start >= 0 and start + wide <= width, words
        for box in boxes(picture, "part", "out", "inner"):
            if box[0] < x < box[2] and box[1] < y < box[3]:
                assert box[0] <= start and start + wide <= box[2], words


@given(st.sampled_from(sorted(COMBINATIONS)))
@settings(max_examples=10, deadline=None)
def test_no_line_runs_behind_a_stack(name: str) -> None:
    picture = stacks(rendered(COMBINATIONS[name]))
    lines = [points for _, points in arrows(picture)]
    assert lines
    for points in lines:
        for (x, y), (_, end) in pairwise(points):
            for left, top, right, bottom in boxes(picture, "bar", "critical"):
                assert not (left < x < right and y < bottom and top < end), "behind a bar"


def test_the_committed_pictures_are_true() -> None:
    assert draw.main(["--check"]) == 0, "make golden draws them anew"


def test_a_difference_is_found_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(ROOT / "docs" / "pictures", tmp_path / "pictures")
    shutil.copytree(ROOT / "output", tmp_path / "output")
    path = tmp_path / "output" / "prod" / f"network{SUFFIX}"
    path.write_text(path.read_text().replace("10.0.64.0/19", "10.0.224.0/19"))
    arguments = ["prod", "--output", str(tmp_path / "output"), "--pictures", str(tmp_path / "pictures")]
    assert draw.main([*arguments, "--check"]) == 1
    assert "prod-architecture.svg is not what the templates say" in capsys.readouterr().out
    assert draw.main(arguments) == 0
    assert draw.main([*arguments, "--check"]) == 0
    assert "10.0.224.0/19" in (tmp_path / "pictures" / "prod-architecture.svg").read_text()


def test_what_cannot_be_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(ROOT / "output" / "prod", tmp_path / "prod")
    path = tmp_path / "prod" / f"database{SUFFIX}"
    path.write_text(re.sub(r'"Type": "AWS::RDS::DBInstance"', '"Type": "AWS::RDS::DBCluster"', path.read_text()))
    assert draw.main(["prod", "--output", str(tmp_path)]) == 2
    assert "AWS::RDS::DBCluster has no facts" in capsys.readouterr().err


def test_neither_draws_nor_previews_with_what_is_slow_to_import() -> None:
    verbs = "draw.main(['--check']); preview.main(['--against', 'output'])"
    script = f"import sys; from ci.commands import draw, preview; {verbs}; print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
    assert not {"cfnlint", "boto3", "troposphere"} & set(ended.stdout.splitlines()[-1].split())
