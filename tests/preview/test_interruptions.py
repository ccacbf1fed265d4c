"""What interrupts is read from CloudFormation's documentation."""

import tomllib
from pathlib import Path

from ci.changes import interruptions, schemas

PAGE = """\
# AWS::RDS::DBInstance<a name="aws-resource-rds-dbinstance"></a>

`DBName`  <a name="cfn-rds-dbinstance-dbname"></a>
The name\\.
*Required*: No
*Update requires*: [Replacement](https://docs.aws.amazon.com/)

`EngineVersion`  <a name="cfn-rds-dbinstance-engineversion"></a>
The `version`, see `DBName`\\.
*Update requires*: [Some interruptions](https://docs.aws.amazon.com/)
"""
PART = '# AWS::RDS::DBInstance Endpoint<a name="x"></a>\n\n`Port`  <a name="y"></a>\n*Update requires*: [Some interruptions](https://z/)\n'


def test_a_page_says_which_property_interrupts(tmp_path: Path) -> None:
    (tmp_path / "aws-resource-rds-dbinstance.md").write_text(PAGE)
    (tmp_path / "aws-properties-rds-dbinstance-endpoint.md").write_text(PART)
    assert interruptions.read(tmp_path) == {"AWS::RDS::DBInstance": ["EngineVersion"]}


def test_the_kept_file_is_sourced_dated_and_of_the_types_that_are_rendered() -> None:
    kept = tomllib.loads(interruptions.TARGET.read_text())
    assert kept["source"].startswith("https://github.com/awsdocs/") and kept["date"].year >= 2023
    assert kept["properties"].keys() <= schemas.known()
    assert interruptions.text(kept["properties"]) == interruptions.TARGET.read_text()


def test_what_stays_in_place_is_no_property_that_always_replaces() -> None:
    for kind, names in interruptions.IN_PLACE.items():
        always = {path[0] for path in schemas.schema(kind).always}
        assert not names & always
