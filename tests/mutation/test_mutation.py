"""The report of `make mutation` counts what the gates say."""

from pathlib import Path

import pytest

from tests.mutation import gates
from tests.mutation.faults import Fault, faults
from tests.mutation.report import Asked, page


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> list[Fault]:
    return list(faults(tmp_path_factory.mktemp("faults")))


def test_a_gate_catches_what_it_did_not_object_to_before(every: list[Fault]) -> None:
    def one(kind: str, about: str) -> Fault:
        return next(fault for fault in every if (fault.mutant.kind, fault.mutant.about) == (kind, about))

    asked = [
        one("drop", "api.ApiGateway::VpcLink(VpcLink) .Name"),
        one("drop parameter", "database.DataSubnetIds"),
        one("rename", "api.ApiGateway::VpcLink(VpcLink) .Name"),
        # Of settings that are not shipped.
        one("drop", "api.ApiGatewayV2::VpcLink(VpcLinkV2) .Name"),
    ]
    _, objections = gates.others()["cfn-lint"]
    required, parameter, label, switched_on = gates.ask(asked, objections)
    assert "E3003" in required
    assert switched_on == {"E3003"}
    # The layer, which refers to it, and the root, which gives it.
    assert {"E1020", "E3043"} <= parameter
    assert not label


def test_the_page_counts_what_is_caught_and_by_whom_alone(every: list[Fault]) -> None:
    two = [every[0], every[1]]
    first, second = Asked("verify", "", [{"a"}, set()]), Asked("other", "1.0", [{"b"}, {"c"}])
    text = page(two, ["breaks", ""], [first, second], "2026-01-01")
    assert "on 2026-01-01, with other 1.0." in text
    assert "| `prod` | 2 |" in text
    assert "| verify | 1 | 50% | 0 |" in text
    assert "| other | 2 | 100% | 1 |" in text
    assert "| none of them | 0 | 0% |  |" in text
    assert "| breaks | 1 | 1 | 1 | 0 |" in text


def test_only_the_changed_template_is_read_and_the_root_where_it_sees_the_change(every: list[Fault]) -> None:
    for fault in every:
        names = [path.name.partition(".")[0] for path in fault.templates]
        wiring = fault.mutant.path[0] in ("Parameters", "Outputs")
        assert set(names) == {fault.mutant.template} | ({"root"} if wiring else set())
        assert all(path.exists() for path in fault.templates)


def test_faults_are_written_whole_where_the_root_is_read(every: list[Fault]) -> None:
    root = next(fault for fault in every if fault.mutant.template == "root")
    assert len(list(Path(root.folder).iterdir())) > 5
