"""An environment: its settings, its rendered templates, the names of its stacks, and clients for its region."""

import json
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from ci.deployed.errors import RefusedError
from templates import names, settings_file

Template = dict[str, Any]


class Deployed:
    """An environment in the account that the credentials belong to."""

    def __init__(self, name: str, project: Path) -> None:
        """`project` is the folder with environments/ and output/."""
        self.settings = settings_file.load(project / "environments" / f"{name}.toml")
        self.name = name
        self.region = self.settings.region
        self.output = project / "output" / name
        self.stack = names.stack(self.settings)
        self.bootstrap = names.bootstrap_stack(self.settings)
        self.account = names.account_stack(self.settings)
        # Not the one that boto3 shares: it would keep the first credentials that it sees.
        self._session = boto3.Session(region_name=self.region)
        self.client = cache(self._client)
        self.identity = cache(self._identity)

    def template(self, name: str) -> Template:
        """A rendered template; raises RefusedError where there is none that can be read."""
        path = self.path(name)
        if not path.exists():
            raise RefusedError(f"{path} is not there: render the templates first with python generate.py.")
        try:
            template: Template = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise RefusedError(f"{path} cannot be read: {error}; render it anew with python generate.py.") from None
        return template

    def path(self, name: str) -> Path:
        """Where a template is rendered to."""
        return self.output / f"{name}.template.json"

    @cached_property
    def descriptions(self) -> dict[tuple[str, str], str]:
        """What each resource is for, by its layer and its logical id; the root's layer is called root."""
        root = self.template("root")["Resources"]
        files = {layer: nested["Properties"]["TemplateURL"].partition(".")[0] for layer, nested in root.items()}
        templates = {"root": root} | {layer: self.template(file)["Resources"] for layer, file in files.items()}
        return {
            (layer, logical_id): resource.get("Metadata", {}).get("Description", "")
            for layer, resources in templates.items()
            for logical_id, resource in resources.items()
        }

    def _identity(self) -> Mapping[str, str]:
        # The first question: where nobody answers, this one is not asked for a minute.
        quick = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2})
        answer: Mapping[str, str] = self._session.client("sts", config=quick).get_caller_identity()
        return answer

    def _client(self, service: str) -> Any:
        # Deployments of several people share CloudFormation's rate: the client slows down by itself.
        return self._session.client(service, config=Config(retries={"mode": "adaptive", "max_attempts": 10}))
