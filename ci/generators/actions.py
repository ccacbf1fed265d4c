"""Makes ci/actions.json anew: the actions of the services that the stacks use, and which of them take a resource.

Source: the service authorization reference, as cfn-lint ships it. Usage: python -m ci.generators.actions
"""

import json
from importlib.resources import files
from pathlib import Path

from ci.generators.permissions import SERVICES as CREATED

TARGET = Path(__file__).parents[1] / "actions.json"

# Every service in a policy of the stacks: those whose resources are created, and those that are only used.
SERVICES = sorted(CREATED | {"acm", "ecr", "iam", "route53", "ssmmessages", "sts"})


def actions() -> dict[str, dict[str, list[str]]]:
    """For each service, its actions with and without a resource, in lower case."""
    reference = json.loads(files("cfnlint.data.AdditionalSpecs").joinpath("Policies.json").read_text(encoding="utf-8"))
    return {
        service: {
            "with_resource": sorted(name for name, action in reference[service]["Actions"].items() if action.get("Resources")),
            "without_resource": sorted(name for name, action in reference[service]["Actions"].items() if not action.get("Resources")),
        }
        for service in SERVICES
    }


def text() -> str:
    """The file's text."""
    return json.dumps(actions(), indent=1) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
