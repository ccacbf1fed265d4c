"""The shipped environment dev, as it is and with settings changed."""

from pathlib import Path

from templates.render import render
from templates.settings_file import load

ROOT = Path(__file__).parents[2]
SETTINGS = (ROOT / "environments" / "dev.toml").read_text(encoding="utf-8")

ACCOUNT = "awsome-books-account"
BOOTSTRAP = "awsome-books-bootstrap-dev"
STACK = "awsome-books-dev"


def rendered(folder: Path, *changes: tuple[str, str], added: str = "") -> dict[str, str]:
    """Each template's text by its name, `service`; a change is a text of the settings and what takes its place."""
    settings = SETTINGS
    for old, new in changes:
        assert settings.count(old) == 1, old
        settings = settings.replace(old, new)
    file = folder / "dev.toml"
    file.write_text(f"{settings}\n{added}", encoding="utf-8")
    return {name.partition(".")[0]: text for name, text in render(load(file)).items()}


def layers(templates: dict[str, str]) -> dict[str, str]:
    """The nested ones of these templates, by the logical ids that the root stack gives them: LoadBalancing."""
    alone = ("root", "account", "bootstrap")
    return {"".join(part.capitalize() for part in name.split("_")): text for name, text in templates.items() if name not in alone}
