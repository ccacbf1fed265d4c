"""docs/verify.md lists the rules, and its worked example is a rule."""

import re
import textwrap
from types import ModuleType

from ci.generators import left_out_table
from ci.generators.rule_list import DOCUMENT, inserted
from ci.model import Deployment
from tests.deployments import properties, rendered, settings

EXAMPLE = re.compile(r'    """Tasks have no public address.*?(?=\n\n- )', re.DOTALL)


def test_the_list_of_rules_is_theirs() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert inserted(text) == text, "make golden writes it anew"


def test_what_is_left_out_of_the_other_gates_is_listed_with_its_reason() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert left_out_table.inserted(text) == text, "make golden writes it anew"


def test_the_worked_example_finds_what_it_says() -> None:
    [example] = EXAMPLE.findall(DOCUMENT.read_text(encoding="utf-8"))
    rule = ModuleType("example")
    exec(textwrap.dedent(example), rule.__dict__)
    templates = rendered("prod")
    assert not list(rule.check(Deployment(templates, settings("prod"))))
    properties(templates, "ECS::Service")["NetworkConfiguration"]["AwsvpcConfiguration"]["AssignPublicIp"] = "ENABLED"
    [finding] = rule.check(Deployment(templates, settings("prod")))
    assert finding.sentence == "gives its tasks public addresses."
