"""Arguments that several verbs share, and how they are written in the next command."""

import argparse
import shlex

from ci.deployed import verb
from ci.deployed.guard import Limits


def add_certificates(parser: argparse.ArgumentParser) -> None:
    """The parameters of a deployment that nobody can look up."""
    parser.add_argument("--certificate-arn", metavar="ARN", help='of certificate_domain, with encryption = "end_to_end"')
    parser.add_argument("--api-certificate-arn", metavar="ARN", help="of api.domain")


def certificates(options: argparse.Namespace) -> dict[str, str]:
    """Those that were given, by the names of their parameters."""
    given = {"CertificateArn": options.certificate_arn, "ApiCertificateArn": options.api_certificate_arn}
    return {name: arn for name, arn in given.items() if arn}


def add_limits(parser: argparse.ArgumentParser) -> None:
    """What is allowed, and how long a deployment of the service that goes nowhere is watched before it is stopped."""
    allow = "what may be lost or replaced all the same"
    parser.add_argument("--allow", nargs="+", action="extend", default=[], metavar="LAYER.LogicalId", help=allow)
    tasks, minutes = Limits()
    parser.add_argument("--failed-tasks", type=verb.count, default=tasks, metavar="N", help=f"stop it after so many failed tasks ({tasks})")
    help_of_minutes = f"or minutes in which not all tasks run ({minutes})"
    parser.add_argument("--minutes", type=verb.amount, default=minutes, metavar="N", help=help_of_minutes)


def given(options: argparse.Namespace) -> str:
    """The options that were given, for the command that does it once more."""
    defaults = Limits()
    words: dict[str, list[str]] = {
        "--certificate-arn": [options.certificate_arn] if options.certificate_arn else [],
        "--api-certificate-arn": [options.api_certificate_arn] if options.api_certificate_arn else [],
        "--failed-tasks": [str(options.failed_tasks)] if options.failed_tasks != defaults.failed_tasks else [],
        "--minutes": [f"{options.minutes:g}"] if options.minutes != defaults.minutes else [],
        "--allow": options.allow,
    }
    return "".join(f" {option} {shlex.join(values)}" for option, values in words.items() if values)
