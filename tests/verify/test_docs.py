"""docs/verify.md lists the rules, and its worked example is a rule."""

import os
import re
import textwrap
from types import ModuleType

from ci.model import Deployment
from ci.verify import listing
from tests.deployments import ROOT, properties, rendered, settings

DOCUMENT = ROOT / "docs" / "verify.md"
HEADING = "## The rules\n\n"


def test_the_list_of_rules_is_the_commands() -> None:
    before, _, _ = DOCUMENT.read_text(encoding="utf-8").partition(HEADING)
    whole = f"{before}{HEADING}{textwrap.indent(listing(), '    ')}\n"
    if os.environ.get("UPDATE_GOLDEN"):
        DOCUMENT.write_text(whole, encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == whole


def test_the_worked_example_finds_what_it_says() -> None:
    code = textwrap.dedent(re.search(r'(    """Tasks have no public address.*?)\n\n- ', DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)[1])
    rule = ModuleType("example")
    exec(code, rule.__dict__)
    templates = rendered("prod")
    assert not list(rule.check(Deployment(templates, settings("prod"))))
    properties(templates, "ECS::Service")["NetworkConfiguration"]["AwsvpcConfiguration"]["AssignPublicIp"] = "ENABLED"
    [finding] = rule.check(Deployment(templates, settings("prod")))
    assert finding.sentence == "gives its tasks public addresses."
