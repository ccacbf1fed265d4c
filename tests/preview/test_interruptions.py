"""What is said of interruptions goes with the schemas."""

import json

from ci.changes import interruptions, schemas

KNOWN = json.loads(schemas.TARGET.read_text())


def test_what_stays_in_place_is_no_property_that_always_replaces() -> None:
    for kind, names in interruptions.IN_PLACE.items():
        assert not set(names) & {path.partition("/")[0] for path in KNOWN[kind]["always"]}
        # Of others nothing has to be said.
        assert set(names) <= {path.partition("/")[0] for path in KNOWN[kind]["perhaps"]}


def test_what_interrupts_is_rendered() -> None:
    assert interruptions.INTERRUPTING.keys() <= KNOWN.keys()
