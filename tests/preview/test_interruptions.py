"""What is said of interruptions goes with the schemas."""

from ci.changes import interruptions
from facts import reference


def test_what_stays_in_place_is_no_property_that_always_replaces() -> None:
    for kind, names in interruptions.IN_PLACE.items():
        assert not set(names) & {path.partition(".")[0] for path in reference.schema(kind).create_only}
        # Of others nothing has to be said.
        assert set(names) <= {path.partition(".")[0] for path in reference.schema(kind).maybe_create_only}


def test_what_interrupts_is_rendered() -> None:
    assert interruptions.INTERRUPTING.keys() <= reference.types()
