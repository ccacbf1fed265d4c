"""The command, run on real folders, a real repository and an endpoint on loopback."""

import contextlib
import copy
import json
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest
from awscli.customizations.cloudformation.yamlhelper import yaml_dump
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ci.changes import before, report
from ci.changes.preview import preview as compared
from ci.commands import preview
from ci.model import Deployment, UnusableInputError
from ci.model.deployment import SUFFIX
from templates import names
from templates.render import render
from tests.preview.cloudformation import Instance, Stack, answering
from tests.settings import ROOT, shipped

PROD = shipped("prod")
RENDERED = render(PROD)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """A copy of the rendered templates in which production's database loses its encryption."""
    shutil.copytree(ROOT / "output", tmp_path / "output")
    path = tmp_path / "output" / "prod" / f"database{SUFFIX}"
    path.write_text(path.read_text().replace('"StorageEncrypted": true', '"StorageEncrypted": false'))
    return tmp_path / "output"


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_MAX_ATTEMPTS": "1"}.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def stacks() -> dict[str, Stack]:
    """Production as it stands after packaging: nested stacks by their ids, their templates by addresses in a bucket."""
    templates = {file.removesuffix(SUFFIX): text for file, text in RENDERED.items()}
    root = json.loads(templates.pop("root"))
    found = {
        names.bootstrap_stack(PROD): Stack(templates.pop("bootstrap"), {}),
        names.account_stack(PROD): Stack(templates.pop("account"), {}),
    }
    nested = {}
    for title, resource in root["Resources"].items():
        layer = resource["Properties"]["TemplateURL"].removesuffix(SUFFIX)
        asked = {
            "load_balancing": {"Rule": ("AWS::ElasticLoadBalancingV2::ListenerRule", "arn:rule")},
            "database": {"Instance": ("AWS::RDS::DBInstance", "arn:db")},
        }
        found[f"arn:{layer}"] = Stack(templates.pop(layer), asked.get(layer, {}))
        nested[title] = ("AWS::CloudFormation::Stack", f"arn:{layer}")
        resource["Properties"]["TemplateURL"] = f"https://bucket.example/{title}"
    return found | {names.stack(PROD): Stack(json.dumps(root), nested)}


def test_a_folder_and_an_exit_status_for_each_answer(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    against = str(ROOT / "output")
    assert preview.main(["--against", against]) == 0
    assert preview.main(["--output", str(output), "--against", against]) == 1
    assert "REFUSED  database.Instance would be replaced, and CloudFormation makes" in capsys.readouterr().out
    # Its name stays, so that CloudFormation refuses it whatever is allowed.
    assert preview.main(["--output", str(output), "--against", against, "--allow", "database.Instance"]) == 1
    captured = capsys.readouterr()
    assert "REFUSED  database.Instance" in captured.out and "--allow" not in captured.err


def test_what_is_meant_is_allowed(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = output / "prod" / f"database{SUFFIX}"
    path.write_text((ROOT / "output" / "prod" / path.name).read_text().replace('"BackupRetentionPeriod": 14', '"BackupRetentionPeriod": 1'))
    given = ["--output", str(output), "--against", str(ROOT / "output")]
    assert preview.main(given) == 1
    assert capsys.readouterr().err.endswith("or say that it is meant: --allow database.Instance\n")
    assert preview.main([*given, "--allow", "database.Instance"]) == 0
    assert "allowed  database.Instance would lose the automatic backups" in capsys.readouterr().out


def test_json_has_everything(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert preview.main(["prod", "--output", str(output), "--against", str(ROOT / "output"), "--format", "json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)
    replaced = [change["label"] for change in found["changes"] if change["kind"] == "replaced"]
    assert replaced == ["database.Instance", "service.TaskDefinition"]
    [refusal] = found["refused"]
    assert refusal["label"] == "database.Instance" and refusal["sentence"].startswith("would be replaced, and CloudFormation")
    assert refusal["final"]
    verdict = found["verdict"]
    assert verdict["word"] == "fails" and verdict["culprits"] == ["database.Instance"]
    assert verdict["step"] == "the update of database, when database.Instance is made"
    assert verdict["reason"] == f"database.Instance {refusal['sentence']}" and verdict["rollback"].startswith("CloudFormation rolls back")
    assert "set-stack-policy" in "".join(verdict["first"])
    assert found["findings"][0]["word"] == "fails" and found["findings"][0]["source"]
    assert found["duration"]["path"][0] == "database" and found["costs"]["before"] == found["costs"]["after"]


def test_markdown_folds_what_is_harmless(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    preview.main(["prod", "--output", str(output), "--against", str(ROOT / "output"), "--format", "markdown"])
    shown = capsys.readouterr().out
    assert "> [!CAUTION]" in shown and "| ♻️ replaced | `database.Instance` |" in shown.partition("<details>")[0]
    assert "`service.Service`" in shown.partition("<details>")[2]


def test_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(before, "HERE", tmp_path)
    git = ["git", "-C", str(tmp_path), "-c", "user.name=Test", "-c", "user.email=test@example.org"]
    for arguments in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "Nothing"], ["tag", "empty"]):
        subprocess.run([*git, *arguments], check=True)
    (tmp_path / "output" / "prod").mkdir(parents=True)
    (tmp_path / "environments").mkdir()
    for region, project in (("eu-central-1", "awsome-books"), ("us-east-1", "other"), ("us-east-1", "awsome-books")):
        for file, text in render(msgspec.structs.replace(PROD, project=project)).items():
            (tmp_path / "output" / "prod" / file).write_text(text)
        (tmp_path / "environments" / "prod.toml").write_text(f'region = "{region}"\nproject = "{project}"')
        for arguments in (["add", "output", "environments"], ["commit", "-q", "-m", region]):
            subprocess.run([*git, *arguments], check=True)
    assert preview.main(["prod"]) == 0
    captured = capsys.readouterr()
    assert "prod, compared with output/prod at HEAD: nothing changes" in captured.out
    assert captured.err == "Nothing refused. Next: python -m ci deploy prod --image VERSION\n"
    for commit, stack, status in (("HEAD~1", "other-prod in us-east-1", 0), ("HEAD~2", "awsome-books-prod in eu-central-1", 1)):
        for form in ("text", "markdown", "json"):
            # Nobody makes a second set by mistake.
            assert preview.main(["prod", "--against", commit, "--format", form]) == 1
            remedy = capsys.readouterr().err
            assert ("--allow other-prod\n" if commit == "HEAD~1" else "what AWS refuses cannot be allowed.") in remedy
            # In another region the boundary's name is taken: it is the account's.
            assert (
                preview.main(["prod", "--against", commit, "--format", form, "--allow", "other-prod"][: 7 if not status else 5]) == status
            )
            shown = capsys.readouterr().out
            assert f"makes a second set of stacks. {stack}, if it is deployed, stays as it is, with its data, and costs as before" in shown
            assert ("bootstrap.Boundary would be made while the other set" in shown) == bool(status) or form != "text"
            assert "python -m ci destroy prod removes it" in shown
    assert preview.main(["prod", "--against", "empty"]) == 0
    assert "nothing: empty has no output/prod: 1" in capsys.readouterr().out
    assert preview.main(["prod", "--against", "no-such-branch"]) == 2
    assert "neither a commit of this repository, nor a folder" in capsys.readouterr().err
    monkeypatch.setattr(before, "HERE", tmp_path / "output")
    shutil.rmtree(tmp_path / ".git")
    assert preview.main(["prod"]) == 2
    assert "This is no git repository: give --against DIR" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_an_environment_that_is_gone_still_runs(
    form: str, output: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = output.parent / "old"
    shutil.copytree(ROOT / "output", folder / "output")
    shutil.copytree(ROOT / "output" / "dev", folder / "output" / "test")
    git = ["git", "-C", str(folder), "-c", "user.name=Test", "-c", "user.email=test@example.org"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "All"]):
        subprocess.run([*git, *arguments], check=True)
    monkeypatch.setattr(before, "HERE", folder)
    shutil.rmtree(output / "prod")
    for against in ("HEAD", str(folder / "output")):
        given = ["--output", str(output), "--against", against, "--format", form]
        assert preview.main(given) == 0
        captured = capsys.readouterr()
        said = captured.err if form == "json" else captured.out
        for name in ("prod", "test"):
            assert f"{name} was there in {against}, and is here no more. Where it was deployed, its stacks still run" in said
            assert f"run python -m ci destroy {name}; then delete both." in said
        preview.main(["dev", *given])
        assert "no more" not in "".join(capsys.readouterr())


DANGLING = '{"Resources": {"A": {"Type": "B", "Properties": {"C": {"Ref": "D"}}}}}'


@pytest.mark.parametrize(("damage", "message"), [("{", "not a template that can be read"), (DANGLING, "refers to what is not there")])
def test_a_damaged_template(output: Path, capsys: pytest.CaptureFixture[str], damage: str, message: str) -> None:
    (output / "prod" / f"database{SUFFIX}").write_text(damage)
    assert preview.main(["prod", "--output", str(output)]) == 2
    assert message in capsys.readouterr().err
    assert preview.main(["prod", "--against", str(output)]) == 2


def test_a_name_that_nothing_has(capsys: pytest.CaptureFixture[str]) -> None:
    assert preview.main(["prod", "--allow", "database.Nothing"]) == 2
    assert "--allow database.Nothing: there is no such resource" in capsys.readouterr().err


def test_every_name_that_is_allowed_counts(output: Path) -> None:
    """Also where the option is given once for each, as the refusal has it."""
    path = output / "prod" / f"service{SUFFIX}"
    path.write_text(path.read_text().replace('"RetentionInDays": 90', '"RetentionInDays": 30'))
    path = output / "prod" / f"database{SUFFIX}"
    path.write_text((ROOT / "output" / "prod" / path.name).read_text().replace('"BackupRetentionPeriod": 14', '"BackupRetentionPeriod": 1'))
    given = ["prod", "--output", str(output), "--against", str(ROOT / "output"), "--allow", "database.Instance"]
    groups = [f"service.{name}LogGroup" for name in ("App", "Migrate", "Insights")]
    assert preview.main(given) == 1
    assert preview.main([*given, "--allow", *groups]) == 0


def test_what_is_deployed(output: Path, endpoint: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with answering(stacks(), (100, 0)) as url:
        endpoint.setenv("AWS_ENDPOINT_URL", url)
        assert preview.main(["prod", "--against", "live"]) == 0
        assert "what is deployed as awsome-books-prod: nothing changes" in capsys.readouterr().out
        assert preview.main(["prod", "--against", "live", "--output", str(output)]) == 1


def test_what_is_deployed_is_yaml(endpoint: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The CLI's `package` uploads nested templates so."""
    packaged = {name: stack._replace(template=yaml_dump(json.loads(stack.template))) for name, stack in stacks().items()}
    with answering(packaged, (100, 0)) as url:
        endpoint.setenv("AWS_ENDPOINT_URL", url)
        assert preview.main(["prod", "--against", "live"]) == 0
        assert "what is deployed as awsome-books-prod: nothing changes" in capsys.readouterr().out
    with answering(packaged | {"arn:database": Stack("Resources: [", {})}, (100, 0)) as url:
        endpoint.setenv("AWS_ENDPOINT_URL", url)
        assert preview.main(["prod", "--against", "live"]) == 2
        assert "The template of arn:database cannot be read" in capsys.readouterr().err


def test_green_is_live(output: Path, endpoint: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(output / "prod")
    shutil.copytree(ROOT / "output" / "prod", output / "prod")
    path = output / "prod" / f"service{SUFFIX}"
    path.write_text(path.read_text().replace('"BLUE_GREEN"', '"ROLLING"'))
    for weights, status in (((100, 0), 0), ((0, 100), 1)):
        with answering(stacks(), weights) as url:
            endpoint.setenv("AWS_ENDPOINT_URL", url)
            assert preview.main(["prod", "--against", "live", "--output", str(output)]) == status
    shown = capsys.readouterr().out
    assert "REFUSED  load_balancing.GreenTargetGroup would get requests while no task is registered with it" in shown
    assert "First: Green has the traffic: deploy once more with the strategy as it is" in shown


@pytest.mark.parametrize("state", [None, "ROLLBACK_COMPLETE"])
def test_nothing_is_deployed(state: str | None, endpoint: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with answering({names.stack(PROD): Stack("{}", {}, state)} if state else {}, (100, 0)) as url:
        endpoint.setenv("AWS_ENDPOINT_URL", url)
        assert preview.main(["prod", "--against", "live"]) == 0
    shown = capsys.readouterr().out
    assert "nothing: there is no stack awsome-books-prod" in shown and "database.Instance" in shown


@pytest.mark.parametrize(
    "said",
    [
        # RDS has grown the storage by itself.
        (Instance(storage=40), 30, "fails"),
        (Instance(storage=40), 50, "irreversible"),
        (Instance(status="storage-optimization"), 30, "fails"),
        (Instance(status="stopped"), 30, "fails"),
        (Instance(parameters="pending-reboot"), 30, "interrupts"),
        (Instance(error="AccessDenied"), 30, "irreversible"),
        (Instance(error="DBInstanceNotFound"), 30, "irreversible"),
    ],
)
def test_what_rds_says(
    said: tuple[Instance, int, str], endpoint: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    instance, storage, verdict = said
    shutil.copytree(ROOT / "output" / "prod", tmp_path / "prod")
    path = tmp_path / "prod" / f"database{SUFFIX}"
    path.write_text(path.read_text().replace('"AllocatedStorage": "20"', f'"AllocatedStorage": "{storage}"'))
    with answering(stacks(), (100, 0), instance) as url:
        endpoint.setenv("AWS_ENDPOINT_URL", url)
        preview.main(["prod", "--against", "live", "--output", str(tmp_path), "--format", "json"])
    [found] = json.loads(capsys.readouterr().out)
    assert found["verdict"]["word"] == verdict and found["verdict"]["culprits"] == ["database.Instance"]
    notices = {"AccessDenied": "lack rds:DescribeDBInstances", "DBInstanceNotFound": "somebody deleted arn:db"}
    assert notices.get(instance.error, "") in found["notice"]


def test_nobody_answers(endpoint: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    endpoint.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert preview.main(["prod", "--against", "live"]) == 2
    assert "cannot be read" in capsys.readouterr().err


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_single_property_is_reported_or_unusable(data: st.DataObject) -> None:
    raw = {file.removesuffix(SUFFIX): json.loads(text) for file, text in RENDERED.items()}
    old = Deployment(copy.deepcopy(raw), PROD)
    name = data.draw(st.sampled_from(sorted(raw.keys() - {"root"})))
    resource = raw[name]["Resources"][data.draw(st.sampled_from(sorted(raw[name]["Resources"])))]
    properties = resource.get("Properties", {})
    where = data.draw(st.sampled_from(sorted(properties) or ["Nothing"]))
    properties[where] = data.draw(st.sampled_from(["text", 7, True, [], {}, ["text"], {"Key": "text"}]))
    new = Deployment(raw, PROD)
    if not new.problems:
        with contextlib.suppress(UnusableInputError):
            found = [compared(before.Before(old, "before"), new, ())]
            for shown in (report.text(found), report.markdown(found), report.as_json(found)):
                assert where in shown or not found[0].changes
