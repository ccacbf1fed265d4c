"""A mistake in a settings file gets a sentence with the file, the key, the reason and what to do."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates.errors import SettingsError
from templates.settings_file import load
from tests.settings import SHIPPED

GOOD = """\
project = "awsome-books"
region = "us-east-1"
[network]
zones = ["us-east-1a", "us-east-1b"]
"""


def refused(folder: Path, text: str, name: str = "test") -> str:
    path = folder / f"{name}.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load(path)
    message = str(caught.value)
    assert all(line.startswith(f"{path}: ") for line in message.splitlines())
    return message.replace(f"{path}: ", "")


def test_the_shipped_files_load() -> None:
    assert [load(path).name for path in SHIPPED] == ["dev", "prod", "staging"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (GOOD + "[service]\ncpus = 512", "service.cpus: there is no such key; did you mean service.cpu?"),
        (GOOD + "[servise]\ncpu = 512", "servise: there is no such key; did you mean service?"),
        (
            GOOD + "[service.night]\nwake = 7\nsleep_hour = 20",
            "service.night.wake: there is no such key; did you mean service.night.wake_hour?",
        ),
        ('name = "x"\n' + GOOD, "name: there is no such key;"),
        (GOOD + '[service]\ncpu = "512"', "service.cpu: expected a whole number, got a text in quotes; change the value."),
        (GOOD + "[service]\ncpu = 500", "service.cpu: 500 is not offered; use one of 256, 512, 1024, 2048, 4096, 8192, 16384."),
        (GOOD + "[service]\ncontainer_port = 80", "service.container_port: expected a whole number >= 1024; change the value."),
        (GOOD + "[api]\nthrottle_rate = 0", "api.throttle_rate: expected a whole number >= 1; change the value."),
        (GOOD + '[monitoring]\nemail = "nobody"', "monitoring.email: expected an e-mail address; change the value."),
        (GOOD.replace("awsome-books", "X"), "project: expected 3 to 20 of a-z, 0-9 and single hyphens, a letter first; change the value."),
        (GOOD.replace("awsome-books", "aws--books"), "project: expected 3 to 20 of a-z, 0-9 and single hyphens, a letter first"),
        (GOOD + '[service]\narchitecture = "RISC"', "service.architecture: 'RISC' is not offered; use one of ARM64, X86_64."),
        (GOOD.replace("us-east-1b", "b"), "network.zones[1]: expected a zone such as us-east-1a; change the value."),
        (GOOD + '[service.night]\nsleep_hour = 20\nwake_hour = 7\ndays = "Monday"', "service.night.days: expected days such as MON-FRI"),
        ('project = "abc"', "region: this key is required; add it."),
        ('project = "awsome-books"\nregion = "us-east-1"\n[network]\n', "network.zones: this key is required; add it."),
        (GOOD.replace('"us-east-1a", ', ""), "network.zones: expected a list of at least 2; change the value."),
        ("project = ", "this is no TOML: Invalid value"),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "this is no TOML"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, sentence: str) -> None:
    assert sentence in refused(tmp_path, text)


def test_every_unknown_key_is_named(tmp_path: Path) -> None:
    assert len(refused(tmp_path, 'colour = "red"\n' + GOOD + "[api]\nrate = 1\n").splitlines()) == 2


@pytest.mark.parametrize("name", ["Prod", "my-env", "averylongname", "account", "bootstrap", "1st"])
def test_names_that_cannot_be_an_environments(tmp_path: Path, name: str) -> None:
    assert "the file's name is the environment's name" in refused(tmp_path, GOOD, name)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no such settings file"):
        load(tmp_path / "none.toml")


VALUES = st.one_of(st.booleans(), st.integers(-(2**40), 2**40), st.floats(allow_nan=False), st.text(max_size=20), st.just([]), st.just({}))
KEYS = st.sampled_from(
    ["project", "region", "ingress", "encryption", "certificate_domain", "log_days", "network", "database", "service", "api", "x"]
)


@given(st.dictionaries(KEYS, st.one_of(VALUES, st.dictionaries(st.sampled_from(["cpu", "memory", "zones", "cidr", "waf"]), VALUES))))
def test_whatever_stands_in_it_there_is_a_sentence_and_no_traceback(
    tmp_path_factory: pytest.TempPathFactory, table: dict[str, object]
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "test.toml"
    path.write_text("".join(f"{key} = {_toml(value)}\n" for key, value in table.items()))
    try:
        load(path)
    except SettingsError as error:
        assert str(error).startswith(str(path))


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return '"' + "".join(f"\\U{ord(character):08x}" for character in value) + '"'
        case dict():
            return "{" + ", ".join(f"{key} = {_toml(part)}" for key, part in value.items()) + "}"
        case float():
            return f"{value:f}"
        case _:
            return str(value)
