"""What all verbs on a deployed environment share: their arguments, and how their errors are told."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ci.deployed.errors import FailedError, RefusedError
from ci.project import HERE
from templates.errors import SettingsError

if TYPE_CHECKING:
    from ci.deployed.environment import Deployed

EXIT = "exit status: 0 done; 1 it did not succeed, or AWS refused or was not reached; 2 refused, nothing was changed"
UNKNOWN_SIGN_IN = ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException", "RequestExpired")
# A browser's sign-in, `aws sso login`, takes version 2 of the AWS CLI; make deploy-tools installs version 1.
SIGN_IN = "sign in (AWS_PROFILE, aws configure, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or aws sso login of AWS CLI 2), then again"
# Nobody waits longer, or looks further back.
MOST = 10_000_000

Action: TypeAlias = "Callable[[Deployed, argparse.Namespace], int]"


def parser(verb: str, description: str, examples: str) -> argparse.ArgumentParser:
    """A parser with what every verb takes."""
    made = argparse.ArgumentParser(
        prog=f"python -m ci {verb}",
        description=description,
        epilog=f"examples:\n{examples}\n{EXIT}\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("environment", metavar="ENV", help="a name from environments/, without .toml")
    made.add_argument("--project", type=Path, default=HERE, metavar="DIR", help="the folder with environments/ and output/ (this project)")
    return made


def amount(text: str) -> float:
    """The type of an argument that is a number of minutes or seconds."""
    number = float(text)
    # Neither nan nor inf is.
    if not 0 < number <= MOST:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and up to {MOST:,}")
    return number


def count(text: str) -> int:
    """The type of an argument that is a whole number of something."""
    number = amount(text)
    if number != int(number):
        raise argparse.ArgumentTypeError(f"{text} is no whole number")
    return int(number)


def run(made: argparse.ArgumentParser, arguments: Sequence[str], action: Action) -> int:
    """Do it; return the exit status."""
    from ci.deployed.environment import Deployed  # noqa: PLC0415 boto3, which building an image does without

    options = made.parse_args(arguments)

    @told()
    def act() -> int:
        return action(Deployed(options.environment, options.project), options)

    return ended(act)


def ended(action: Callable[[], int]) -> int:
    """Do it; return the exit status, and say what was in the way."""
    try:
        return action()
    except (RefusedError, SettingsError) as error:
        say(str(error))
        return 2
    except FailedError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("Stopped.")
        return 1


@contextmanager
def begun() -> Iterator[None]:
    """What follows changes something: whatever is in the way now, that is no refusal any more."""
    try:
        with told():
            yield
    except RefusedError as error:
        raise FailedError(str(error)) from None


@contextmanager
def told() -> Iterator[None]:
    """Turn what AWS and the user's hand throw into a sentence."""
    from botocore import exceptions as aws  # noqa: PLC0415 see run

    try:
        yield
    except (aws.NoCredentialsError, aws.PartialCredentialsError, aws.ProfileNotFound) as error:
        raise RefusedError(f"No AWS credentials found: {_bare(error)}. Next: {SIGN_IN}.") from None
    except (aws.SSOError, aws.LoginError, aws.TokenRetrievalError, aws.CredentialRetrievalError) as error:
        raise RefusedError(f"This sign-in gives no credentials, or no longer: {_bare(error)}. Next: {SIGN_IN}.") from None
    except aws.ParamValidationError as error:
        raise RefusedError(f"AWS does not take these values: {error}") from None
    except aws.ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        if code in UNKNOWN_SIGN_IN:
            raise RefusedError(f"AWS does not know these credentials any more ({code}): {SIGN_IN}.") from None
        raise FailedError(f"AWS refused {error.operation_name} ({code}): {message}") from None
    except (aws.ConnectionError, aws.HTTPClientError) as error:
        raise FailedError(f"AWS cannot be reached: {_bare(error)}. Check the network and the region, then again.") from None
    except aws.BotoCoreError as error:
        raise FailedError(f"boto3 cannot ask AWS: {error}") from None
    except KeyboardInterrupt:
        raise FailedError("Stopped; what AWS has begun goes on by itself.") from None


def _bare(error: Exception) -> str:
    return str(error).rstrip(".")


def say(text: str) -> None:
    """Progress, and everything that is not the result."""
    print(text, file=sys.stderr, flush=True)
