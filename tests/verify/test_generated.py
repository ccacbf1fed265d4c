"""The data that rules read is what its command makes."""

from ci.generators import actions, properties


def test_the_actions_are_those_of_the_service_authorization_reference() -> None:
    assert actions.TARGET.read_text(encoding="utf-8") == actions.text()


def test_the_properties_are_those_of_the_templates() -> None:
    assert properties.TARGET.read_text(encoding="utf-8") == properties.text(), "make golden writes it anew"
