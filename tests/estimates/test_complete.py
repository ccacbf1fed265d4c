"""Every type that the templates can render has a price, or costs nothing while idle; and an average time."""

import json

from ci.estimates import costs, duration
from facts.reference import FOLDER

TYPES = frozenset(json.loads((FOLDER / "schemas.json").read_text(encoding="utf-8")))


def test_every_type_has_a_price_or_is_free() -> None:
    assert len(TYPES) > 50
    assert TYPES - costs.PRICED.keys() - set(costs.prices()["free"]["types"]) == set()


def test_no_type_is_both() -> None:
    assert not costs.PRICED.keys() & set(costs.prices()["free"]["types"])


def test_every_type_has_an_average_time() -> None:
    # IAM's provider is of a stack that an administrator deploys once; rain has no forecast for it.
    assert {kind for kind in TYPES if not duration.created(kind)} <= {"AWS::IAM::OIDCProvider"}
