"""What all verbs on a deployed environment share: their arguments, and how their errors are told."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError, ProfileNotFound

from ci.deployed.environment import Deployed
from ci.deployed.errors import FailedError, RefusedError
from templates.errors import SettingsError

HERE = Path(__file__).parents[2]
EXIT = "exit status: 0 done; 1 it was begun and did not succeed; 2 refused, nothing was changed"
UNKNOWN_SIGN_IN = ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException", "RequestExpired")

Action = Callable[[Deployed, argparse.Namespace], int]


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


def run(made: argparse.ArgumentParser, arguments: Sequence[str], action: Action) -> int:
    """Do it; return the exit status."""
    options = made.parse_args(arguments)
    try:
        with told():
            return action(Deployed(options.environment, options.project), options)
    except (RefusedError, SettingsError) as error:
        say(str(error))
        return 2
    except FailedError as error:
        say(str(error))
        return 1


@contextmanager
def told() -> Iterator[None]:
    """Turn what AWS and the user's hand throw into a sentence."""
    try:
        yield
    except (NoCredentialsError, PartialCredentialsError, ProfileNotFound) as error:
        raise RefusedError(
            f"There is nobody to be at AWS: {error}. Sign in (aws configure, aws sso login, AWS_PROFILE), then again."
        ) from None
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        if code in UNKNOWN_SIGN_IN:
            raise RefusedError(f"AWS does not know these credentials any more ({code}): sign in, then again.") from None
        raise FailedError(f"AWS refused {error.operation_name} ({code}): {message}") from None
    except BotoCoreError as error:
        raise FailedError(f"AWS cannot be reached: {error} Check the network and the region, then again.") from None
    except KeyboardInterrupt:
        raise FailedError("Stopped; what AWS has begun goes on by itself.") from None


def say(text: str) -> None:
    """Progress, and everything that is not the result."""
    print(text, file=sys.stderr, flush=True)
