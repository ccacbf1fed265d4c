"""What an update depends on and the templates do not say."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ci.changes.finding import Word
from ci.model import Deployment


class Now(NamedTuple):
    """What AWS does with a resource at the moment, so that a change of these properties, or of any, has a consequence of its own."""

    word: Word
    sentence: str
    properties: tuple[str, ...] = ()
    rollback: str = ""


class Known(NamedTuple):
    """What only AWS knows of what is deployed; without --against live nothing is."""

    # Whether any other target group than the rule's first has the traffic; None where nobody looked.
    green_is_live: bool | None = None
    # By label: values that differ from the template's, such as storage that has grown by itself.
    actual: Mapping[str, Mapping[str, Any]] = {}
    now: Mapping[str, tuple[Now, ...]] = {}


class OtherStacks(NamedTuple):
    """Another set of stacks in the same account, which this deployment leaves as it is; `title` is its root stack's name."""

    deployment: Deployment
    title: str
    same_region: bool
