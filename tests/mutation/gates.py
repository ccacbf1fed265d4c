"""Asks each gate about all faults at once: which rules object to what they did not object to before."""

import json
import os
import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

from ci.gates import cfn_lint, cloudformation_validate
from ci.gates.gate import Gate
from ci.model import Deployment
from ci.verification import verify
from tests.deployments import ROOT, SUFFIX, rules
from tests.mutation.faults import Fault
from tests.verify.cases import case

HERE = Path(__file__).parent
CHECKOV = ROOT / ".venv-checkov" / "bin"
PROCESSES = os.cpu_count() or 1

# For each template's path the rules that object to it, as often as they do.
Objections = dict[Path, list[str]]


def caught(faults: Sequence[Fault]) -> list[set[str]]:
    """For each fault the rules of verify that caught it."""
    with ProcessPoolExecutor(PROCESSES) as pool:
        return list(pool.map(_verified, [fault.case for fault in faults], [fault.folder for fault in faults], chunksize=50))


def _verified(name: str, folder: Path) -> set[str]:
    broken = {path.name.removesuffix(SUFFIX): json.loads(path.read_text()) for path in folder.iterdir()}
    settings, templates = case(name)
    found = verify(Deployment(templates | broken, settings), rules()).found
    return {rule.id for rule, _ in found}


def others() -> dict[str, tuple[str, Callable[[Sequence[Path]], Objections]]]:
    """The other gates that are installed here, each with its version."""
    found: dict[str, tuple[str, Callable[[Sequence[Path]], Objections]]] = {
        gate.NAME: (version(gate.NAME), _in_process(gate)) for gate in (cfn_lint, cloudformation_validate)
    }
    if CHECKOV.exists():
        found["checkov"] = (_printed(str(CHECKOV / "checkov"), "--version"), _checkov)
    nag = HERE / "node_modules" / "cdk-nag" / "package.json"
    if nag.exists():
        found["cdk-nag"] = (json.loads(nag.read_text())["version"], _cdk_nag)
    return found


def ask(faults: Sequence[Fault], objections: Callable[[Sequence[Path]], Objections]) -> list[set[str]]:
    """For each fault the rules that object to it, and not as often to what it was put into."""
    before = {fault.before / path.name for fault in faults for path in fault.templates}
    found = objections([*sorted(before), *(path for fault in faults for path in fault.templates)])

    def added(fault: Fault) -> Iterable[str]:
        for path in fault.templates:
            yield from Counter(found.get(path, [])) - Counter(found.get(fault.before / path.name, []))

    return [set(added(fault)) for fault in faults]


def _in_process(gate: Gate) -> Callable[[Sequence[Path]], Objections]:
    def objections(templates: Sequence[Path]) -> Objections:
        found: Objections = defaultdict(list)
        for each in gate.findings(templates):
            found[each.template].append(each.rule)
        return found

    return objections


def _checkov(templates: Sequence[Path]) -> Objections:
    """Some hundred at a time: their paths stand on its command line."""
    parts = [templates[start : start + 200] for start in range(0, len(templates), 200)]
    with ThreadPoolExecutor(PROCESSES) as pool:
        return {path: found for part in pool.map(_checkov_part, parts) for path, found in part.items()}


def _checkov_part(templates: Sequence[Path]) -> Objections:
    options = ["--framework", "cloudformation", "--quiet", "--compact", "--skip-download", "--soft-fail", "--output", "json"]
    printed = _printed(str(CHECKOV / "checkov"), *options, "--file", *map(str, templates))
    report = json.loads(printed)
    found: Objections = defaultdict(list)
    for each in report.get("results", {}).get("failed_checks", []):
        found[Path(each["file_abs_path"])].append(each["check_id"])
    return found


def _cdk_nag(templates: Sequence[Path]) -> Objections:
    parts = [templates[start::PROCESSES] for start in range(PROCESSES)]
    with ThreadPoolExecutor(PROCESSES) as pool:
        answers = pool.map(lambda part: _printed("node", str(HERE / "cdk_nag.mjs"), asked=json.dumps([str(path) for path in part])), parts)
        return {Path(path): found for answer in answers for path, found in json.loads(answer).items()}


def _printed(*command: str, asked: str | None = None) -> str:
    # Some faults are such that checks fail; their complaints about it are no findings.
    environment = os.environ | {"LOG_LEVEL": "CRITICAL"}
    return subprocess.run(command, input=asked, stdout=subprocess.PIPE, text=True, check=True, cwd=HERE, env=environment).stdout.strip()
