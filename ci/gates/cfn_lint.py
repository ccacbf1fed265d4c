"""cfn-lint: whether each template is one that CloudFormation takes. Configured by .cfnlintrc, as the plain command is."""

import glob
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from ci.gates.gate import Found, GateError, LeftOut, state

NAME = "cfn-lint"
CONFIGURATION = Path(__file__).parents[2] / ".cfnlintrc"
LEFT_OUT = (LeftOut("W3002", "AWS::CloudFormation::Stack", "TemplateURL stays local for `aws cloudformation package`"),)

# Where these stand in the configuration, it reads files whose content the fingerprint would not cover.
READS_MORE = ("append_rules", "custom_rules", "override_spec", "registry_schemas")
# Where `cfn-lint --update-specs` puts newer schemas, on Linux, macOS and Windows.
UPDATES = ("XDG_CACHE_HOME", "~/.cache"), ("", "~/Library/Caches"), ("LOCALAPPDATA", "~/AppData/Local")
# Below this many templates another process costs more than it saves.
WORTH_A_PROCESS = 4


def fingerprint() -> str | None:
    """Version, files, schemas, configuration and region."""
    configuration = CONFIGURATION.read_text(encoding="utf-8")
    if any(word in configuration for word in READS_MORE):
        return None
    package = find_spec("cfnlint")
    folders = [*(package.submodule_search_locations or [] if package else [])]
    folders += [f"{os.environ.get(name) or Path(folder).expanduser()}/aws/cfn-lint/schemas" for name, folder in UPDATES]
    region = os.environ.get("AWS_REGION"), os.environ.get("AWS_DEFAULT_REGION")
    files = [line for folder in folders for line in state(folder)]
    return "\n".join((NAME, version(NAME), sys.version, configuration, Path(__file__).read_text(encoding="utf-8"), str(region), *files))


def findings(templates: Sequence[Path]) -> list[Found]:
    """What it says, of several templates at once on every processor."""
    processes = min(os.cpu_count() or 1, len(templates) // WORTH_A_PROCESS)
    if processes < 2:
        return _findings(templates)
    # The largest take longest: each process gets as many of them.
    by_size = sorted(templates, key=lambda path: -path.stat().st_size)
    with ProcessPoolExecutor(processes) as pool:
        return [each for part in pool.map(_findings, [by_size[start::processes] for start in range(processes)]) for each in part]


def _findings(templates: Sequence[Path]) -> list[Found]:
    # It takes half a second to import, which an answer that is known does not need.
    from cfnlint.config import ConfigMixIn  # noqa: PLC0415
    from cfnlint.exceptions import CfnLintExitException  # noqa: PLC0415
    from cfnlint.runner import Runner  # noqa: PLC0415

    if not templates:
        return []
    arguments = ["--config-file", str(CONFIGURATION), "--template", *(glob.escape(str(path)) for path in templates)]
    try:
        return [
            Found(Path(match.filename or ""), "/".join(map(str, getattr(match, "path", None) or [])), match.rule.id, match.message)
            for match in Runner(ConfigMixIn(arguments)).run()
        ]
    except CfnLintExitException as error:
        raise GateError(f"{CONFIGURATION}: cfn-lint cannot use it: {error}") from None
