"""The stacks of a deployment as a tree on a terminal: what is at work and what failed stands out, what is finished is one line."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import wrap

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from ci.deployed.environment import Deployed
from ci.deployed.events import Event
from ci.deployed.stacks import is_busy

# In columns of the terminal. A name gets a third of it, within limits: those of most logical ids.
NAME, STATUS, TIME, GUIDE = (27, 38), len("CREATE_IN_PROGRESS"), 6, 4
# A failure's reason may take so many lines.
REASON = 3
# What has become of the resources that are done, by what the stack does; an update does all of it.
DONE = {"CREATE": "CREATE", "DELETE": "DELETE", "ROLLBACK": "DELETE"}
STYLES = {"_FAILED": "bold red", "_IN_PROGRESS": "bold yellow", "_COMPLETE": "green"}


@dataclass
class State:
    """What became of a resource; a failure stays known, also when the resource is deleted because of it."""

    status: str
    started: datetime
    ended: datetime | None = None
    failure: str = ""

    @property
    def busy(self) -> bool:
        """Whether CloudFormation is at work on it."""
        return self.ended is None

    def seconds(self, now: datetime) -> int:
        """How long its last change took, or takes."""
        return max(0, int(((self.ended or now) - self.started).total_seconds()))


class Stacks:
    """The tree: it takes events, and rich asks it for what fits."""

    def __init__(self, deployed: Deployed, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.deployed = deployed
        self.now = now
        self.size = Counter(layer for layer, _ in deployed.descriptions)
        self.root: State | None = None
        self.layers: dict[str, State] = {}
        self.resources: dict[str, dict[str, State]] = {}

    def take(self, events: Sequence[Event]) -> None:
        """Remember what happened."""
        for event in events:
            if event.itself:
                # The root tells of its layers.
                self.root = _next(self.root, event) if event.layer == "root" else self.root
                continue
            among = self.layers if event.layer == "root" else self.resources.setdefault(event.layer, {})
            among[event.logical_id] = _next(among.get(event.logical_id), event)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """At most as many lines as the terminal has."""
        width = min(max(options.max_width // 3, NAME[0]), NAME[1])
        top = Tree(self._row(self.deployed.stack, self.root, self._progress(self.root, ""), width, None), guide_style="dim")
        layers = list(self.layers.items())
        waiting = [name for layer, name in self.deployed.descriptions if layer == "root" and name not in self.layers]
        # Beside them stand the root, the layers, those that wait, and the line on which the cursor is.
        shown = self._shown(console.size.height - len(layers) - 3, options.max_width - 3 * GUIDE)
        for name, state in layers:
            here = {resource: why for (layer, resource), why in shown.items() if layer == name}
            branch = top.add(self._row(name, state, self._summary(name, state, len(here)), width - GUIDE))
            for resource, why in here.items():
                text = self.deployed.descriptions.get((name, resource), "")
                leaf = branch.add(self._row(resource, self.resources[name][resource], text, width - 2 * GUIDE))
                if why:
                    leaf.add(Text("\n".join(why), style="red"))
        if waiting and _creates(self.root):
            top.add(Text(f"not begun: {', '.join(waiting)}", style="dim", no_wrap=True, overflow="ellipsis"))
        yield top

    def _shown(self, most: int, width: int) -> dict[tuple[str, str], list[str]]:
        """Layer and name of the resources for which there are lines: those that failed, with the reason, then the slowest."""
        known = [(layer, name, state) for layer, states in list(self.resources.items()) for name, state in list(states.items())]
        failed = [row for row in known if row[2].failure]
        busy = [row for row in known if row[2].busy and not row[2].failure and self.layers[row[0]].busy]
        shown: dict[tuple[str, str], list[str]] = {}
        for layer, name, state in failed + sorted(busy, key=lambda row: row[2].started):
            why = wrap(state.failure, width, max_lines=REASON, placeholder=" ...")
            most -= 1 + len(why)
            if most >= 0:
                shown[layer, name] = why
        return shown

    def _summary(self, layer: str, state: State, shown: int) -> str:
        """What a layer's line says of its resources."""
        if not state.busy:
            return self.deployed.descriptions.get(("root", layer), "")
        hidden = sum(each.busy or bool(each.failure) for each in self._known(layer)) - shown
        return self._progress(state, layer) + (f", {hidden} more" if hidden > 0 else "")

    def _progress(self, state: State | None, layer: str) -> str:
        """How many resources of a layer, or of all, are done; only where all are created it is known how many there will be."""
        known = self._known(layer)
        action = DONE.get(state.status.partition("_")[0] if state else "", "")
        done = sum(not each.busy and each.status.startswith(action) for each in known)
        size = sum(number for name, number in self.size.items() if name != "root" and layer in ("", name))
        return f"{done} of {size} done" if _creates(state) else f"{done} done"

    def _known(self, layer: str) -> list[State]:
        """The states of a layer's resources, or of all. Copied: the terminal is drawn while events come."""
        return [each for name, states in list(self.resources.items()) if layer in ("", name) for each in list(states.values())]

    def _row(self, name: str, state: State | None, text: str, width: int, status_width: int | None = STATUS) -> Table:
        row = Table.grid(expand=True, padding=(0, 1, 0, 0))
        row.add_column(width=width, no_wrap=True, overflow="ellipsis")
        row.add_column(width=status_width, no_wrap=True, overflow="ellipsis")
        row.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        row.add_column(width=TIME, justify="right", no_wrap=True)
        status = state.status if state else ""
        style = "bold red" if state and state.failure else next((style for end, style in STYLES.items() if status.endswith(end)), "")
        seconds = state.seconds(self.now()) if state else 0
        row.add_row(
            Text(name, style="bold" if status_width is None else ""),
            Text(status, style=style),
            Text(text, style="dim" if state and not state.busy else ""),
            Text(f"{seconds // 60}:{seconds % 60:02}", style="dim"),
        )
        return row


def _creates(state: State | None) -> bool:
    return state is None or state.status.startswith("CREATE")


def _next(state: State | None, event: Event) -> State:
    ended = None if is_busy(event.status) else event.time
    began = event.time if state is None or (ended is None and not state.busy) else state.started
    failure = event.reason if event.status.endswith("_FAILED") and "cancelled" not in event.reason else ""
    return State(event.status, began, ended, (state.failure if state else "") or failure)


@contextmanager
def tree(deployed: Deployed) -> Iterator[Callable[[Sequence[Event]], None]]:
    """Show it, and keep its times moving, until it is left; what is said meanwhile stands above it."""
    stacks = Stacks(deployed)
    # Without colours where NO_COLOR asks for that: https://no-color.org
    live = Live(stacks, console=Console(stderr=True), refresh_per_second=4, redirect_stdout=False)
    try:
        # Not by its own context: Control-C while it starts would leave the terminal without a cursor.
        live.start(refresh=True)
        yield stacks.take
    finally:
        live.stop()
