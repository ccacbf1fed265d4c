"""Shows what a deployment will do to what stands, and refuses what nobody should do by mistake.

It is the preview against `live`, of the stacks that this deployment touches and with the parameters that it gives.
"""

from collections.abc import Collection, Mapping

from ci.changes import report
from ci.changes.before import standing
from ci.changes.preview import preview
from ci.deployed import stacks
from ci.deployed.environment import Deployed
from ci.deployed.errors import RefusedError
from ci.deployed.verb import say
from ci.model import Deployment, UnusableInputError, load


def foretell(deployed: Deployed, touched: Collection[str], parameters: Mapping[str, str], allow: Collection[str]) -> None:
    """Say it; raises RefusedError. `touched` are templates: root, which stands for all that it nests, and those that stand alone."""
    try:
        rendered = load(deployed.output, deployed.settings)
        alone = {name for name, template in rendered.templates.items() if template.stack is None}
        raw = {name: template.raw for name, template in rendered.templates.items() if name in touched or name not in alone}
        new = Deployment(raw, deployed.settings)
        if new.problems:
            raise RefusedError(f"{deployed.output} refers to what is not there: python -m ci verify {deployed.name} shows where.")
        root = stacks.find(deployed, deployed.stack)
        given = {name for name, value in parameters.items() if root is None or root.parameters.get(name) != value}
        found = preview(standing(deployed.settings, touched), new, allow, given)
    except UnusableInputError as error:
        raise RefusedError(f"Not deployed, since nobody knows what it would do: {error}") from None
    say(report.brief(found))
    if remedy := report.refused([found]):
        raise RefusedError(f"Not deployed. Next: {remedy}")
