"""The root cause is the earliest failure that is no consequence of another one."""

from datetime import UTC, datetime, timedelta

from ci.deployed.events import NESTED, Event, root_cause

START = datetime(2026, 1, 1, tzinfo=UTC)


def failed(seconds: int, layer: str, logical_id: str, reason: str, kind: str = "AWS::Any::Kind") -> Event:
    return Event(layer, logical_id, "", kind, "CREATE_FAILED", reason, START + timedelta(seconds=seconds), itself=False)


def test_the_earliest_that_was_not_cancelled() -> None:
    cause = failed(2, "Database", "Instance", "No such class")
    events = [
        failed(1, "Api", "VpcLink", "Resource creation cancelled"),
        failed(3, "root", "Database", "Embedded stack was not successfully created", NESTED),
        failed(4, "Api", "Stage", "Something later"),
        cause,
    ]
    assert root_cause(events) == cause


def test_a_layer_in_which_nothing_was_begun() -> None:
    """Its template cannot be fetched, or its parameters are refused."""
    cause = failed(1, "root", "Service", "S3 error: Access Denied", NESTED)
    assert root_cause([cause]) == cause


def test_nothing_failed() -> None:
    assert root_cause([]) is None
