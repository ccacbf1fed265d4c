"""What the users of the API see while the reader works: who answers, by which weights; a line where that changes."""

import json
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.demo import ACCOUNT, REGION, Demo

# Below what the gateway lets through.
PAUSE = 0.2
# Answers within so many seconds are told together.
SECONDS = 2.0


class Watch:
    """Asks until it is stopped; tells each change."""

    def __init__(self, demo: Demo, tell: Callable[[str], None]) -> None:
        self.demo = demo
        self.tell = tell
        self.stopped = threading.Event()
        self._balancers = boto3.client(
            "elbv2",
            endpoint_url=demo.variables["AWS_ENDPOINT_URL"],
            region_name=REGION,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="any",
        )
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self.stopped.set()
        self._thread.join()

    def _run(self) -> None:
        told, answers, since = "", Counter[str](), time.monotonic()
        while not self.stopped.wait(PAUSE):
            answers[self._ask()] += 1
            if time.monotonic() - since < SECONDS:
                continue
            weights = self._weights()
            state = f"{' and '.join(sorted(answers)):<30}  {weights}".rstrip()
            if state != told:
                counted = ", ".join(f"{count}x {answer}" for answer, count in sorted(answers.items()))
                self.tell(f"{datetime.now():%H:%M:%S}  {counted:<30}  {weights}".rstrip())
                told = state
            answers, since = Counter[str](), time.monotonic()

    def _ask(self) -> str:
        try:
            with urllib.request.urlopen(self.demo.url, timeout=10) as answer:
                return f"version {json.load(answer)['version']}"
        except OSError as error:
            return f"no answer ({getattr(error, 'code', error)})"

    def _weights(self) -> str:
        """Of the rule that has two target groups, in its order; empty as long as there is none."""
        try:
            groups = self._groups()
        except (BotoCoreError, ClientError):
            return ""
        return "  ".join(f"{colour} {group['Weight']}" for colour, group in zip(("blue", "green"), groups, strict=False))

    def _groups(self) -> list[dict[str, Any]]:
        for balancer in self._balancers.describe_load_balancers()["LoadBalancers"]:
            for listener in self._balancers.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]:
                for rule in self._balancers.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]:
                    for action in rule["Actions"]:
                        if groups := action.get("ForwardConfig", {}).get("TargetGroups"):
                            found: list[dict[str, Any]] = groups
                            return found
        return []
