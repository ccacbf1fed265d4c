"""Names that CloudFormation would cut, or that two resources would share, are found before it does."""

from msgspec.structs import replace

from tests.deployments import objections, rendered, settings


def test_a_role_whose_name_would_lose_the_environment_is_found() -> None:
    templates = rendered("prod")
    resources = templates["service"]["Resources"]
    resources["AVeryLongLogicalIdOfSomeRoleThatMovesTraffic"] = resources["DeploymentRole"]
    assert "characters of its name" in objections("names", templates)


def test_an_alarm_with_too_long_a_name_is_found() -> None:
    templates = rendered("prod")
    templates["service"]["Resources"]["RollbackErrors"]["Properties"]["AlarmName"] = 256 * "a"
    assert "more than 255" in objections("names", templates)


def test_a_project_name_beyond_the_settings_is_found() -> None:
    assert "characters of its name" in objections("names", rendered("prod"), replace(settings("prod"), project=40 * "a"))
