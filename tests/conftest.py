"""What all tests share."""

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no defect.
settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")

REQUIRE_EVERY_TEST = "REQUIRE_EVERY_TEST"
# What a test says that a change costs, for the end of the report.
COST = "cost"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test is a failed one: the machine there has all that the tests need."""
    report = yield
    if report.skipped and os.environ.get(REQUIRE_EVERY_TEST):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and {REQUIRE_EVERY_TEST} is set: {call.excinfo.value if call.excinfo else ''}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what each change of an adopter costs."""
    lines = [value for report in terminalreporter.getreports("passed") for name, value in report.user_properties if name == COST]
    if lines:
        terminalreporter.section("files that an adopter edits by hand")
        terminalreporter.write_line("\n".join(sorted(map(str, lines))))
