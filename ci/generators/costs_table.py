"""Writes the table of costs into README.md, from output/ and the table of prices.

Usage: python -m ci.generators.costs_table
"""

from collections import Counter

from ci.estimates import costs
from ci.model import load
from ci.project import HERE
from templates import settings_file

README = HERE / "README.md"
BEGIN, END = "<!-- costs: begin (make golden) -->\n", "<!-- costs: end -->\n"
ENVIRONMENTS = ("dev", "staging", "prod")


def table() -> str:
    """A Markdown table: a row a layer, a column an environment."""
    found = {
        name: costs.items(load(HERE / "output" / name, settings_file.load(HERE / "environments" / f"{name}.toml"))) for name in ENVIRONMENTS
    }
    layers = sorted({item.layer for items in found.values() for item in items})
    rows = [[f"`{layer}`", *(_cell(layer, items) for items in found.values())] for layer in layers]
    rows.append(
        ["**together**", *(f"**{'at least' if costs.unpriced(items) else 'about'} {costs.total(items):.0f}**" for items in found.values())]
    )
    lines = [["", *(f"`{name}`" for name in ENVIRONMENTS)], ["---"] * (len(ENVIRONMENTS) + 1), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + f"\n{costs.assumptions()}\n"


def inserted(text: str) -> str:
    """The README's text with the table in its place."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}{table()}{END}{rest.partition(END)[2]}"


def _cell(layer: str, items: list[costs.Item]) -> str:
    here = [item for item in items if item.layer == layer]
    words = (item.what if item.usd is not None else f"{item.what} (no price here)" for item in here)
    parts = [f"{count} x {what}" if count > 1 else what for what, count in Counter(words).items()]
    return f"**{costs.total(here):.2f}**: {', '.join(parts)}" if here else "-"


if __name__ == "__main__":
    README.write_text(inserted(README.read_text(encoding="utf-8")), encoding="utf-8")
