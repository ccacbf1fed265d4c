"""The shape of a constraint.

A path is a tuple of keys; a list on the way is looked through, and one of keys and values, such as a load balancer's attributes, is read
by the key. A `word` is the verdict that follows, and a `reason` the end of a sentence that begins with the resource.
"""

from typing import Any, Literal

from msgspec import Struct

Word = Literal["fails", "interrupts", "leaves-orphans", "irreversible"]
Path = tuple[str, ...]
Scope = Literal["parent", "region", "account", "world"]

# What of a value's step counts: `before` and `after` may be absent.
When = Literal[
    "other",
    "less",
    "more",
    "a tenth more at least",
    "less than a tenth more",
    "from or to 0",
    "from or to standard",
    "on",
    "off",
    "another major version",
    "an item goes or changes",
    "an item goes",
    "an item comes",
    "a parameter that is read at the start",
]


class Unique(Struct, frozen=True):
    """No two resources of a type have the same values at these paths, within `scope`.

    "parent" is whatever the paths refer to: another parent has room for another one. A path that ends in "?" may be absent.
    """

    type: str
    paths: tuple[Path, ...]
    scope: Scope
    source: str
    # What counts as the same value: "variable" takes every {part} of a path for the same, "overlap" compares CIDR blocks.
    alike: Literal["", "variable", "overlap"] = ""
    # Only where the property has this value.
    when: tuple[Path, Any] | None = None
    # An ARN of the type as a pattern whose group is the value: templates that name one say that it exists outside of the stacks.
    outside: str = ""


class Value(Struct, frozen=True):
    """A step of a value, in place, that has consequences."""

    type: str
    path: Path
    when: When
    word: Word
    reason: str
    source: str
    # Not where the property has this value, before and after.
    unless: tuple[Path, Any] | None = None
    # The property that must change in the same deployment; then it is no matter.
    together: Path | None = None
    # What becomes of the rollback, where that fails as well.
    rollback: str = ""


class Effect(Struct, frozen=True):
    """What a property does to the resource when it changes in place."""

    type: str
    property: str
    when: When
    source: str
    unless: tuple[Path, Any] | None = None


class Must(Struct, frozen=True):
    """What must hold of two values of one resource; the test is named, and `ci/changes/values.py` has it."""

    type: str
    test: Literal["windows are apart", "a tenth above"]
    paths: tuple[Path, Path]
    reason: str
    source: str


class Protected(Struct, frozen=True):
    """A property with which AWS refuses to delete the resource. CloudFormation tries three times, and leaves it behind."""

    type: str
    path: Path
    value: str
    source: str


class Lost(Struct, frozen=True):
    """What is gone with a resource that is deleted."""

    type: str
    reason: str
    source: str
    word: Word = "irreversible"
    # The stack policy that `ci deploy` sets denies it.
    policy: bool = False


class Held(Struct, frozen=True):
    """What belongs to one holder: `held` is the type of what is referred to, `by` the types that refer to it, each with the paths to
    follow from there to the holder, one after the other."""

    held: str
    by: tuple[tuple[str, tuple[str, ...]], ...]
    reason: str
    source: str


class Stays(Struct, frozen=True):
    """The resources at `path` must keep the value that they have at `of`: a group of subnets does not change its VPC."""

    type: str
    path: Path
    of: Path
    reason: str
    source: str


class Keeps(Struct, frozen=True):
    """A list of subnets that grows, and from which nothing goes while `by` refers to the resource.

    `zones` are attributes, which AWS alone knows, that say in which zones that one is: then the others may go.
    """

    type: str
    path: Path
    by: str
    reason: str
    source: str
    when: tuple[Path, Any] | None = None
    zones: tuple[str, ...] = ()
