"""`python -m ci VERB`: the steps around the templates. A verb is a module of this package with a `main`."""

import sys
from collections.abc import Sequence
from importlib import import_module

VERBS = {
    "lint": "ask cfn-lint and AWS's cloudformation-validate about rendered templates",
    "verify": "prove, offline, that rendered templates will work, stay private and lose nothing",
    "preview": "show what a deployment will do to what stands, how long it takes and what it costs",
    "draw": "draw the architecture and the stacks, from the rendered templates",
    "image": "build the service's image, and push it to an environment's registry",
    "preflight": "look for what would let a deployment hang or fail",
    "deploy": "deploy an environment, follow it, and name the cause of a failure",
    "release": "build a commit's image, tag the commit, push the image",
    "rollback": "deploy an older version",
    "status": "say how an environment is",
    "smoke": "ask the API for what everybody may read",
    "logs": "print what the service logged",
    "tunnel": "open a way to the private database",
    "restore": "restore a point in time or a snapshot of the database beside the one that runs",
    "token": "get an editor's access token",
    "destroy": "delete an environment, in order",
}


def main(arguments: Sequence[str]) -> int:
    """Hand the arguments to the verb; return its exit status."""
    verb, *rest = arguments or ["--help"]
    if verb in VERBS:
        # Only the verb that is asked for, so that help comes at once.
        try:
            status: int = import_module(f"ci.commands.{verb}").main(rest)
        except ModuleNotFoundError as missing:
            name = (missing.name or "").partition(".")[0]
            if name in ("", "ci", "facts", "templates"):
                raise
            tools = "deploy-tools" if name in ("boto3", "botocore") else "setup"
            sentence = f"python -m ci {verb} takes {name}, which is not installed for this Python."
            print(f"{sentence} Next: make {tools}, then .venv/bin/python -m ci {verb}", file=sys.stderr)
            return 2
        return status
    known = "\n".join(f"  {name:<10} {what}" for name, what in VERBS.items())
    if verb in ("-h", "--help"):
        print(f"usage: python -m ci VERB [ARGUMENT ...]\n\nverbs:\n{known}\n\nMore about one: python -m ci VERB --help")
        return 0
    print(f"There is no verb {verb}; there are:\n{known}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
