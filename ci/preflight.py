"""Looks for what would let a deployment hang or fail, before it begins."""

import argparse
from collections.abc import Sequence

from ci.deployed import verb
from ci.deployed.checks import Finding, Wanted, findings
from ci.deployed.environment import Deployed
from ci.deployed.verb import say

EXAMPLES = """\
  python -m ci preflight dev                   what can be known without an image
  python -m ci preflight prod --image 1.2.0    and whether that image exists for the tasks' processor
"""


def main(arguments: Sequence[str]) -> int:
    """Run the verb; return its exit status."""
    parser = verb.parser("preflight", "Look for what would let a deployment hang or fail. It changes nothing.", EXAMPLES)
    parser.add_argument("--image", metavar="VERSION|DIGEST", help="what is to be deployed")
    add_certificates(parser)
    return verb.run(parser, arguments, _preflight)


def add_certificates(parser: argparse.ArgumentParser) -> None:
    """The parameters of a deployment that nobody can look up."""
    parser.add_argument("--certificate-arn", metavar="ARN", help='of certificate_domain, with encryption = "end_to_end"')
    parser.add_argument("--api-certificate-arn", metavar="ARN", help="of api.domain")


def certificates(options: argparse.Namespace) -> dict[str, str]:
    """Those that were given, by the names of their parameters."""
    given = {"CertificateArn": options.certificate_arn, "ApiCertificateArn": options.api_certificate_arn}
    return {name: arn for name, arn in given.items() if arn}


def table(found: Sequence[tuple[str, Finding]]) -> str:
    """One line a finding, its remedy below."""
    lines = [f"{finding.state:<8} {name:<13} {finding.sentence}" for name, finding in found]
    remedies = [f"{'':<22} -> {finding.remedy}" if finding.remedy else "" for _, finding in found]
    return "\n".join(line for pair in zip(lines, remedies, strict=True) for line in pair if line)


def _preflight(deployed: Deployed, options: argparse.Namespace) -> int:
    deployed.identity()
    found = list(findings(deployed, Wanted(options.image, certificates(options))))
    print(table(found))
    stops = sum(finding.state == "stop" for _, finding in found)
    if stops:
        say(f"{stops} of these would stop a deployment. Next: the remedies, then again.")
        return 1
    say(f"Nothing stops a deployment. Next: python -m ci deploy {deployed.name} --image {options.image or 'VERSION'}")
    return 0
