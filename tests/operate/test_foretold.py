"""A deployment says what it will do before it does, and does not do what nobody should by mistake."""

from tests.deployment.account import Account
from tests.deployment.dev import STACK
from tests.operate.conftest import Run
from tests.operate.test_preflight import bootstrap
from tests.operate.test_release import push, write

UNENCRYPTED = ('"StorageEncrypted": true', '"StorageEncrypted": false')


def foretold(said: str) -> str:
    """What was said before anything was deployed."""
    return said.partition("$ aws cloudformation package")[0]


def test_first_next_and_lost(account: Account, run: Run) -> None:
    bootstrap(account)
    push(account, "0.1.0"), push(account, "0.2.0")
    said = run("deploy", "dev", "--image", "0.1.0")
    assert said.status == 0, said.err
    assert "compared with nothing: there is no stack awsome-books-dev: 132 added" in foretold(said.err)
    assert "+ database        10 resources: PostgreSQL, private and encrypted" in foretold(said.err)
    assert "Time: about " in foretold(said.err)
    assert "critical path network → " in foretold(said.err)
    # What is deployed by itself, and not now, is not compared.
    assert "bootstrap" not in foretold(said.err)

    said = run("deploy", "dev", "--image", "0.2.0")
    assert said.status == 0, said.err
    assert "what is deployed as awsome-books-dev: 1 replaced, 1 changed" in foretold(said.err)
    assert "! service.TaskDefinition  A task: " in foretold(said.err)
    assert "${ImageDigest} (new)" in foretold(said.err)
    assert "Time: " in foretold(said.err)

    events = account.events(STACK)
    write(account, *UNENCRYPTED)
    for verb in (("deploy", "dev", "--image", "0.1.0"), ("rollback", "dev", "0.1.0")):
        said = run(*verb)
        assert (said.status, said.out) == (2, "")
        assert "REFUSED  database.Instance would be replaced, and CloudFormation makes" in said.err
        assert said.err.endswith("what AWS refuses cannot be allowed.\n")
        assert account.events(STACK) == events

    said = run("rollback", "dev", "0.1.0", "--allow", "database.Nothing")
    assert said.status == 2
    assert "--allow database.Nothing: there is no such resource" in said.err
    # Its name is taken: CloudFormation would refuse it, after it has begun with the rest.
    said = run("rollback", "dev", "0.1.0", "--allow", "database.Instance")
    assert said.status == 2 and "REFUSED  database.Instance" in said.err
    assert account.events(STACK) == events

    write(account, '"DisableExecuteApiEndpoint": false', '"DisableExecuteApiEndpoint": true')
    said = run("rollback", "dev", "0.1.0")
    assert said.status == 2 and said.err.endswith("or say that it is meant: --allow api.RestApi\n")
    said = run("rollback", "dev", "0.1.0", "--allow", "api.RestApi")
    assert said.status == 0, said.err
    assert "allowed  api.RestApi would lose its address" in foretold(said.err)

    write(account, '"Ref": "ImageDigest"', '"Ref": "Nothing"')
    said = run("deploy", "dev", "--image", "0.1.0")
    assert said.status == 2
    assert "refers to what is not there: python -m ci verify dev shows where." in said.err


def test_the_very_first(run: Run) -> None:
    """What the bootstrap will be is said before it is made."""
    said = run("deploy", "dev", "--image", "0.1.0")
    before = said.err.partition("$ aws cloudformation deploy")[0]
    assert "+ bootstrap       10 resources: the registry, and the roles that deploy" in before
    assert "+ account         2 resources" in before
