"""The nested stacks in time: when each is created, what it waits for, and which of them decide how long it takes: the critical path."""

from ci.estimates import duration
from ci.model import Deployment
from ci.pictures.canvas import Box, Canvas

LEFT, TOP, ROW, BAR = 40, 112, 46, 28
SECOND = 1.2


def stacks(deployment: Deployment) -> str:
    """The picture's file."""
    found = duration.creation(deployment)
    environment = deployment.environment
    title = f"{environment.project} {environment.name}"
    canvas = Canvas(f"{title}: the nested stacks in the order of their creation; {' → '.join(found.path)} decide how long it takes")
    rows = sorted(found.stacks, key=lambda stack: (stack.ready - stack.most, -stack.ready, stack.name))
    bars = {
        stack.name: Box(LEFT + (stack.ready - stack.most) * SECOND, TOP + index * ROW, max(stack.most * SECOND, 4), BAR)
        for index, stack in enumerate(rows)
    }
    bottom = TOP + len(rows) * ROW
    width = LEFT + found.most * SECOND + 40
    canvas.text(LEFT, 44, f"{title}: the first deployment, {duration.minutes(found)}", "left", "title")
    key = "An arrow leads to what waits. Dark: the critical path. Average seconds; ≤: what a stack of small resources takes at the most."
    canvas.text(LEFT, 66, key, "left", "small")
    for minute in range(found.most // 60 + 1):
        x = LEFT + minute * 60 * SECOND
        canvas.frame("grid", Box(x, TOP - 14, 0.5, bottom - TOP + 8))
        if minute % 2 == 0:
            canvas.text(x, TOP - 20, f"{minute} min", "small")
    waits = {stack.name: _direct(stack, {other.name: other for other in rows}) for stack in rows}
    ways = [(stack.name, need, {stack.name, need} <= set(found.path)) for stack in rows for need in waits[stack.name]]
    # The critical ones last, above the others.
    for name, need, critical in sorted(ways, key=lambda way: way[2]):
        start, end = bars[need], bars[name]
        # Beside the arrows of its neighbours, not on them.
        x = start.right - 8 - (start.y - TOP) / ROW % 3 * 8 if end.x - start.right < 20 else end.x - 30
        points = [(x, start.bottom)] if x < start.right else [(start.right, start.center), (x, start.center)]
        canvas.arrow("tls" if critical else "thin", *points, (x, end.center), (end.x - 1, end.center))
    for stack in rows:
        critical = stack.name in found.path
        bar = canvas.box("critical" if critical else "bar", bars[stack.name])
        seconds = f"{stack.most} s" if stack.least == stack.most else f"≤ {stack.most} s"
        canvas.text(bar.middle, bar.center + 4, f"{stack.name}, {seconds}", "small", "bold", "light" if critical else "dark")
    return canvas.text_of(width, bottom + 24)


def _direct(stack: duration.Stack, by_name: dict[str, duration.Stack]) -> list[str]:
    """What a stack waits for, without what its other needs wait for anyway."""

    def reached(name: str) -> set[str]:
        return {name}.union(*(reached(need) for need in by_name[name].needs))

    return [need for need in stack.needs if not any(need in reached(other) for other in stack.needs if other != need)]
