"""The nested stacks in time: when each is created, what it waits for, and which of them decide how long it takes: the critical path."""

from collections.abc import Iterator

from ci.estimates import duration
from ci.model import Deployment
from ci.pictures.canvas import SMALL, Box, Canvas, width_of

# As wide as a page shows it, so that its texts keep their size.
WIDTH = 840
LEFT, RIGHT, TOP, ROW, BAR = 150, 24, 124, 44, 28


def stacks(deployment: Deployment) -> str:
    """The picture's file."""
    found = duration.creation(deployment)
    environment = deployment.environment
    title = f"{environment.project} {environment.name}"
    canvas = Canvas(f"{title}: the nested stacks in the order of their creation; {' → '.join(found.path)} decide how long it takes")
    second = (WIDTH - LEFT - RIGHT) / max(found.most, 1)
    by_name = {stack.name: stack for stack in found.stacks}
    last = {stack.name: _last(stack, by_name) for stack in found.stacks}
    rows = list(_rows("", last, by_name))
    bars = {
        stack.name: Box(LEFT + (stack.ready - stack.most) * second, TOP + index * ROW, max(stack.most * second, 4), BAR)
        for index, stack in enumerate(rows)
    }
    bottom = TOP + len(rows) * ROW
    canvas.text(24, 44, f"{title}: {duration.minutes(found)}", "left", "title")
    canvas.text(
        24,
        66,
        "The first deployment in average seconds; ≤: what small resources take at the most. Dark: the critical path.",
        "left",
        "small",
    )
    canvas.text(
        24, 84, "An arrow leads to what begins when a stack is ready; what else it has waited for stands beside it.", "left", "small"
    )
    for minute in range(0, found.most // 60 + 1, 2):
        x = LEFT + minute * 60 * second
        canvas.frame("grid", Box(x, TOP - 8, 0.5, bottom - TOP))
        canvas.text(x, TOP - 14, f"{minute} min", "small")
    # The critical ones above the others.
    for name, need in sorted(last.items(), key=lambda way: set(way) <= set(found.path)):
        if need:
            # What lies between begins with the need's end, or later: nothing is in the way.
            x = bars[name].x - 9
            points = (x, bars[need].bottom), (x, bars[name].center), (bars[name].x - 1, bars[name].center)
            canvas.arrow("tls" if {name, need} <= set(found.path) else "thin", *points)
    for stack in rows:
        _bar(canvas, stack, bars[stack.name], _others(stack, last[stack.name], by_name), critical=stack.name in found.path)
    return canvas.text_of(WIDTH, bottom + 16)


def _last(stack: duration.Stack, by_name: dict[str, duration.Stack]) -> str:
    """The stack that it waits for longest; empty where it waits for none."""
    return max(sorted(stack.needs), key=lambda name: by_name[name].ready, default="")


def _rows(need: str, last: dict[str, str], by_name: dict[str, duration.Stack]) -> Iterator[duration.Stack]:
    """What begins when `need` is ready, each followed by what begins after it, and what takes longest at the end."""
    for stack in sorted((stack for stack in by_name.values() if last[stack.name] == need), key=lambda stack: _end(stack, last, by_name)):
        yield stack
        yield from _rows(stack.name, last, by_name)


def _end(stack: duration.Stack, last: dict[str, str], by_name: dict[str, duration.Stack]) -> int:
    return max([stack.ready, *(_end(by_name[name], last, by_name) for name, need in last.items() if need == stack.name)])


def _others(stack: duration.Stack, last: str, by_name: dict[str, duration.Stack]) -> list[str]:
    """What it waits for besides, without what its other needs wait for anyway."""

    def reached(name: str) -> set[str]:
        return {name}.union(*(reached(need) for need in by_name[name].needs))

    return [need for need in stack.needs if need != last and not any(need in reached(other) for other in stack.needs if other != need)]


def _bar(canvas: Canvas, stack: duration.Stack, bar: Box, others: list[str], *, critical: bool) -> None:
    canvas.box("critical" if critical else "bar", bar)
    canvas.text(24, bar.center + 5, stack.name, "left", "bold")
    seconds = f"{stack.most} s" if stack.least == stack.most else f"≤ {stack.most} s"
    canvas.text(bar.middle, bar.center + 4, seconds, "small", "bold", "light" if critical else "dark")
    if others:
        words = f"also after {', '.join(others)}"
        left = bar.right + 8 + width_of(words, SMALL) > WIDTH
        canvas.text(
            *((bar.x - 16, bar.center + 4) if left else (bar.right + 8, bar.center + 4)), words, "small", "end" if left else "left", "halo"
        )
