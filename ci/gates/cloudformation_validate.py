"""AWS's cloudformation-validate: schemas, references, security and good practice, at warning level and above.

Source: https://github.com/aws-cloudformation/cloudformation-validate
"""

from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from ci.gates.gate import Found, GateError, LeftOut, state

NAME = "cloudformation-validate"
LEFT_OUT = (
    LeftOut("W3002", "AWS::CloudFormation::Stack", "TemplateURL stays local for `aws cloudformation package`"),
    LeftOut("W2509", "DatabaseSecretArn", "the parameter takes the ARN of a secret, which is none"),
)


def fingerprint() -> str:
    """Version, files, and what is left out."""
    package = find_spec("cloudformation_validate")
    files = [line for folder in (package.submodule_search_locations or [] if package else []) for line in state(folder)]
    return "\n".join((NAME, version(NAME), Path(__file__).read_text(encoding="utf-8"), *files))


def findings(templates: Sequence[Path]) -> list[Found]:
    """What it says; an analysis that it could not finish is a finding too."""
    # An answer that is known needs none of it.
    from cloudformation_validate import (  # noqa: PLC0415
        CompositeEngine,
        LogicalIdFilter,
        ReportStatus,
        ResourceTypeFilter,
        RuleFilterConfig,
        Severity,
        ValidateConfig,
        ValidationError,
    )

    left_out = RuleFilterConfig(
        resource_types=[ResourceTypeFilter(rule_id=each.rule, resource_type=each.where) for each in LEFT_OUT if "::" in each.where],
        logical_ids=[LogicalIdFilter(rule_id=each.rule, logical_id=each.where) for each in LEFT_OUT if "::" not in each.where],
    )
    engine, config = CompositeEngine(), ValidateConfig(exclude=left_out, severity_level=Severity.WARN)
    found = []
    for template in templates:
        try:
            report = engine.validate_template(template, config)
        except ValidationError as error:
            raise GateError(f"{template}: {NAME} stopped: {error}") from None
        for each in report.diagnostics:
            where = "/".join(filter(None, (each.entity.logical_id if each.entity else "", each.property_path)))
            found.append(Found(template, where, each.rule_id, each.message))
        if report.status != ReportStatus.OK and not report.diagnostics:
            found.append(Found(template, "", "incomplete", f"The analysis ended with {report.status.name}: findings may be missing."))
    return found
