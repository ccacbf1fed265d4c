"""What only the deployment knows is asked for once, by its pattern, and used; what the root gives to a layer is not limited further.

A nested stack that refuses what the root gives it fails once what comes before it is deployed; a default would be deployed unasked; the
certificate of another domain is taken without a word, and then no client accepts it.
"""

from collections.abc import Iterator
from typing import Any

from ci.model import Deployment, Parameter, Reference, Resource
from ci.model.values import Text
from ci.rules import Finding, shown
from templates.parameters import PARAMETERS

SEVERITY = "breaks"
SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html"
REMEDY = "Next: take the root's parameters from templates/parameters.py, and declare those of a layer by Layer.needs alone."

TEXTS = {"Description", "ConstraintDescription"}
CERTIFICATES = ("Certificates.CertificateArn", "CertificateArn", "RegionalCertificateArn")


def check(deployment: Deployment) -> Iterator[Finding]:
    """Look at each declaration, at what nobody uses, and at who shows which certificate."""
    used = {name for resource in deployment for name in _parameters(resource.properties)}
    for template in deployment.templates.values():
        for name, declared in template.parameters.items():
            if template.stack is None and name not in PARAMETERS:
                yield Finding(template, f"asks for {name}, which templates/parameters.py does not know.")
                continue
            if template.name == "root" and name not in used:
                yield Finding(template, f"asks for {name}, which is used nowhere.")
            allowed = {"Type": ("String",)}
            if template.stack is None or template.stack.raw["Properties"]["Parameters"][name] == {"Ref": name}:
                allowed["AllowedPattern"] = (PARAMETERS[name].pattern if name in PARAMETERS else "",)
            if template.stack is not None:
                allowed["Type"] = (_type(deployment, template.stack.raw["Properties"]["Parameters"][name]),)
            for key in sorted((declared.keys() | allowed.keys()) - TEXTS):
                if declared.get(key) not in allowed.get(key, ()):
                    wanted = " or ".join(allowed.get(key, ("nothing",)))
                    yield Finding(template, f"declares {name} with {key} = {shown(declared.get(key))}, not {wanted}.")
    yield from _certificates(deployment)


def _type(deployment: Deployment, given: Any) -> str:
    """The type that a layer's parameter has to have for what the root gives: a list, where another layer joined one."""
    match given:
        case {"Fn::GetAtt": [str(stack), str(output)]}:
            child = next(each for each in deployment.templates.values() if each.stack and each.stack.logical_id == stack)
            value = child.outputs[output.removeprefix("Outputs.")].get("Value")
            return "CommaDelimitedList" if isinstance(value, dict) and "Fn::Join" in value else "String"
    return "String"


def _parameters(value: object) -> Iterator[str]:
    if isinstance(value, Parameter):
        yield value.name
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _parameters(inner)
    elif isinstance(value, Text):
        yield from (part.name for part in value.parts if isinstance(part, Parameter))


def _certificates(deployment: Deployment) -> Iterator[Finding]:
    shows: dict[Parameter, Resource] = {}
    for resource in deployment:
        for value in (value for path in CERTIFICATES for value in resource.values(path)):
            if isinstance(value, Parameter) and ":acm:" in str(value.pattern):
                other = shows.setdefault(value, resource)
                if other.type != resource.type:
                    yield Finding(resource, f"shows {value}, the certificate of {other.label}, which has another domain.")
            elif not (isinstance(value, Reference) and value.resource.type == "AWS::CertificateManager::Certificate"):
                yield Finding(resource, f"shows {shown(value)}, which is neither a certificate of these templates nor the deployment's.")
