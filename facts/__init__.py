"""What is true of AWS, once: a file a service, one entry a resource type, each value with its source.

Plain literals: importing them costs next to nothing and needs nothing of the project. `of` imports the file of one service alone.
What the CloudFormation registry's schemas, botocore and the service authorization reference know is not written here by hand: it is in
`facts/generated/`, which `make golden` writes.
"""

from functools import cache
from importlib import import_module

from facts.kinds import Facts


class FactsError(Exception):
    """Something is not known of AWS; the message says what, and what to do."""


class UnknownTypeError(FactsError):
    """A resource type has no facts; the message says where to write them."""


@cache
def of(kind: str) -> Facts:
    """The facts of a resource type, such as AWS::RDS::DBInstance; raises UnknownTypeError."""
    _, _, rest = kind.partition("AWS::")
    service = rest.partition("::")[0].lower()
    try:
        found: dict[str, Facts] = import_module(f"facts.{service}").FACTS if service else {}
    except ModuleNotFoundError as missing:
        if missing.name != f"facts.{service}":
            raise
        found = {}
    if kind not in found:
        raise UnknownTypeError(
            f"{kind or 'A resource without a type'} has no facts, so that nothing can be said of it: write them in "
            f"facts/{service or 'SERVICE'}.py, as CONTRIBUTING.md shows."
        )
    return found[kind]
