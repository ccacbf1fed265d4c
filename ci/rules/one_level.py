"""The root nests every layer, nothing nests deeper, and templates have no sections or attributes beyond those of the layers.

Double nesting breaks packaging; hooks, creation and update policies hide from review, and from these rules, what is deployed.
"""

from collections.abc import Iterator

from ci.model import Deployment
from ci.rules import Finding

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html"
REMEDY = "Nest layers in the root alone, and leave sections and attributes to templates/."

SECTIONS = {"AWSTemplateFormatVersion", "Description", "Parameters", "Resources", "Outputs"}
ATTRIBUTES = {"Type", "Properties", "DependsOn", "Metadata", "DeletionPolicy", "UpdateReplacePolicy"}
# Deployed before the root, as stacks of their own.
ALONE = {"root", "account", "bootstrap"}


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at what nests, and at the sections of templates and resources."""
    for resource in deployment:
        if resource.type == "AWS::CloudFormation::Stack" and resource.template.name != "root":
            yield Finding(resource, "is nested two levels deep.")
        if resource.template.name == "root" and resource.type != "AWS::CloudFormation::Stack":
            yield Finding(resource, "stands in the root, which holds nothing but nested stacks.")
        if unknown := resource.raw.keys() - ATTRIBUTES:
            yield Finding(resource, f"has {', '.join(sorted(unknown))}.")
    for template in deployment.templates.values():
        if unknown := template.raw.keys() - SECTIONS:
            yield Finding(template, f"has {', '.join(sorted(unknown))}.")
        if template.stack is None and template.name not in ALONE:
            yield Finding(template, "is nested by nobody.")
    environment = deployment.environment
    for stack in deployment.of("AWS::CloudFormation::Stack"):
        layer = str(stack.get("TemplateURL")).removesuffix(".template.json")
        if stack.pairs("Tags") != {"Project": environment.project, "Environment": environment.name, "Layer": layer}:
            yield Finding(stack, "is not tagged with its project, environment and layer, by which its resources are found and paid for.")
