"""The options of `docker run` that make a container of a task definition what it is on Fargate, on this machine's network."""

from collections.abc import Mapping
from typing import Any


def options(definition: Mapping[str, Any], container: Mapping[str, Any], variables: Mapping[str, str]) -> list[str]:
    """With these variables in place of the declared ones; without the volumes, which are the caller's to name."""
    cpu, memory = int(definition["Cpu"]) / 1024, f"{definition['Memory']}m"
    found = ["--network=host", f"--cpus={cpu}", f"--memory={memory}", f"--memory-swap={memory}"]
    linux = container.get("LinuxParameters", {})
    found += [f"--cap-drop={capability}" for capability in linux.get("Capabilities", {}).get("Drop", ())]
    found += ["--init"] * linux.get("InitProcessEnabled", False)
    found += ["--read-only"] * container.get("ReadonlyRootFilesystem", False)
    found += [f"--user={container['User']}"] if "User" in container else []
    found += [f"--stop-timeout={container['StopTimeout']}"] if "StopTimeout" in container else []
    return found + [f"--env={name}={value}" for name, value in variables.items()]
