"""What is known of the regions agrees with the resource schemas that cfn-lint ships."""

from cfnlint.helpers import REGIONS
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from templates import regions


def test_budgets_are_refused_where_cloudformation_has_none() -> None:
    without = {region for region in regions.REGIONS if "AWS::Budgets::Budget" not in PROVIDER_SCHEMA_MANAGER.get_resource_types(region)}
    assert without == regions.WITHOUT_BUDGETS


def test_the_regions_are_those_of_the_partition() -> None:
    assert {region for region in REGIONS if not region.startswith(("cn-", "us-gov-", "us-iso", "eu-iso", "eusc-"))} == regions.REGIONS
