"""The root wires what layers need to what others provide, and says in a sentence where that cannot be."""

import pytest
from troposphere.sns import Topic

from templates.encoding import encode
from templates.errors import WiringError
from templates.layer import Layer
from templates.root import root, standalone
from tests.settings import environment

ENVIRONMENT = environment({})


def layer(name: str, *, needs: tuple[str, ...] = (), after: tuple[str, ...] = (), provides: tuple[str, ...] = ()) -> Layer:
    made = Layer(name, ENVIRONMENT, "for a test")
    made.add(Topic("Topic"), "A resource")
    for need in needs:
        made.needs(need)
    for need in after:
        made.after(need)
    for value in provides:
        made.provides(value, "value", "A value")
    return made


def test_an_output_becomes_the_parameter_of_who_needs_it() -> None:
    giver, taker = layer("giver", provides=("Thing",)), layer("taker_of_things", needs=("Thing",))
    resources = root(ENVIRONMENT, [giver, taker]).resources
    assert resources["TakerOfThings"].to_dict()["Properties"]["Parameters"] == {"Thing": {"Fn::GetAtt": ["Giver", "Outputs.Thing"]}}
    assert set(giver.template.outputs) == set(taker.template.parameters) == {"Thing"}


def test_a_list_travels_as_a_list() -> None:
    giver, taker = layer("giver"), layer("taker", needs=("Things",))
    giver.provides("Things", ["a", "b"], "Several")
    root(ENVIRONMENT, [giver, taker])
    assert giver.template.outputs["Things"].to_dict()["Value"] == {"Fn::Join": [",", ["a", "b"]]}
    assert taker.template.parameters["Things"].to_dict()["Type"] == "CommaDelimitedList"


def test_waiting_passes_no_value() -> None:
    first, second = layer("first", provides=("Thing",)), layer("second", after=("Thing",))
    stack = root(ENVIRONMENT, [first, second]).resources["Second"].to_dict()
    assert stack["DependsOn"] == ["First"]
    assert "Parameters" not in stack["Properties"]


def test_nothing_waits_that_need_not() -> None:
    layers = [layer("first", provides=("Thing",)), layer("second", needs=("Thing",)), layer("third")]
    third = root(ENVIRONMENT, layers).resources["Third"].to_dict()
    assert "DependsOn" not in third
    assert "Parameters" not in third["Properties"]


def test_a_parameter_of_the_deployment_keeps_its_pattern() -> None:
    taker = layer("taker", needs=("ImageDigest",))
    template = root(ENVIRONMENT, [taker])
    assert template.parameters["ImageDigest"].to_dict()["AllowedPattern"] == "sha256:[0-9a-f]{64}"
    assert b'"ImageDigest":{"Ref":"ImageDigest"}' in encode(template.resources)


def test_what_people_need_is_an_output_of_the_root() -> None:
    giver = layer("giver")
    giver.provides("Address", "value", "An address", published=True)
    assert root(ENVIRONMENT, [giver]).outputs["Address"].to_dict()["Value"] == {"Fn::GetAtt": ["Giver", "Outputs.Address"]}


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        ([layer("taker", needs=("Nothing",))], "The layer taker needs Nothing, but no layer provides it"),
        ([layer("taker", after=("Nothing",))], "The layer taker needs Nothing, but no layer provides it"),
        ([layer("one", provides=("Thing",)), layer("two", provides=("Thing",))], "provided twice: by the layer one and by the layer two"),
        ([layer("giver", provides=("Thing",))], "The layer giver provides Thing, but no layer needs it"),
        (
            [layer("one", provides=("A",), needs=("B",)), layer("two", provides=("B",), needs=("A",))],
            "The layers wait for each other: ",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(layers: list[Layer], sentence: str) -> None:
    with pytest.raises(WiringError, match=sentence):
        root(ENVIRONMENT, layers)


def test_a_stack_of_its_own_can_need_nothing() -> None:
    with pytest.raises(WiringError, match="is a stack of its own, but needs Thing"):
        standalone(layer("alone", needs=("Thing",)))
