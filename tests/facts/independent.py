"""What is said of a fact by what did not come from the same hand: schemas, botocore, the service authorization reference, AWS's pages."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import facts
from facts.kinds import Facts
from tests.facts.checks import authorization, identity, pages, schemas, words

CHECKS: tuple[Callable[[Facts], Iterator[str]], ...] = (
    schemas.page,
    schemas.paths_exist,
    schemas.conditions_hold,
    words.members,
    words.roles,
    words.switches,
    words.policies,
    words.attributes,
    words.data,
    words.opens,
    identity.reference,
    identity.names,
    identity.ports,
    authorization.arns,
    authorization.beside,
    authorization.unused,
    authorization.called,
    pages.principals,
    pages.metrics,
    pages.referred,
)
# These are no services.
OTHERS = ("__init__", "endpoints", "kinds", "reference")


def problems(known: Facts) -> Iterator[str]:
    """Everything that contradicts the facts of a type."""
    for check in CHECKS:
        yield from check(known)


def every_type() -> list[str]:
    """Every type that has facts."""
    names = sorted(path.stem for path in Path(facts.__file__).parent.glob("*.py") if path.stem not in OTHERS)
    return [kind for name in names for kind in import_module(f"facts.{name}").FACTS]
