"""What the pictures show, of every allowed combination of settings."""

import re
import shutil
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci import draw
from ci.model import Deployment
from ci.model.deployment import SUFFIX
from ci.pictures.architecture import architecture
from ci.pictures.stacks import stacks
from tests import matrix
from tests.rendering import deployed, rendered
from tests.settings import ROOT

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
        assert any(line.startswith(f"{template.name}, ") for line in words) == (template.stack is not None)
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


def test_a_zone_without_interface_endpoints_says_where_they_are() -> None:
    assert "others: us-east-1a" in texts(architecture(deployed({"network": {"endpoint_zones": "one"}})))
    assert not any(line.startswith("others") for line in texts(architecture(deployed({}))))


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
    assert "there must be one" in capsys.readouterr().err


def test_neither_draws_nor_previews_with_what_is_slow_to_import() -> None:
    script = "import sys; from ci import draw, preview; draw.main(['--check']); preview.main(['--against', 'output']); print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
    assert not {"cfnlint", "boto3", "troposphere"} & set(ended.stdout.splitlines()[-1].split())
