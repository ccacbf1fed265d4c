"""Deploys an environment: looks first, packages and deploys with the AWS CLI, follows, and names the cause of a failure."""

import argparse
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from ci.deployed import checks, cli, image, service, stacks, verb
from ci.deployed.checks import findings, table
from ci.deployed.diagnosis import diagnosis
from ci.deployed.environment import Deployed
from ci.deployed.errors import FailedError, RefusedError
from ci.deployed.events import Event, Events, root_cause
from ci.deployed.finding import Wanted
from ci.deployed.guard import Guard, Limits
from ci.deployed.options import certificates
from ci.deployed.progress import Show, shown
from ci.deployed.protection import protect
from ci.deployed.verb import say
from templates.parameters import PREFIX_LISTS

SECONDS = 5


def deploy(deployed: Deployed, options: argparse.Namespace, again: str, *, despite_alarms: bool) -> None:
    """Do it, and print the API's address."""
    if not image.DIGEST.fullmatch(options.image):
        image.version(options.image)
    deployed.template("root")
    cli.command()
    deployed.identity()
    missing = _missing(deployed)
    if not missing:
        _deploy_root(deployed, options, again, first=False, despite_alarms=despite_alarms)
        return
    _foretell(deployed, ["root", *missing], {}, options.allow)
    # What was created for a first deployment stays, also where the look then finds no image.
    with verb.begun():
        _prepare(deployed, missing, again)
        _deploy_root(deployed, options, again, first=True, despite_alarms=despite_alarms)


def _missing(deployed: Deployed) -> list[str]:
    """What comes before the first deployment, where it was not made: the bootstrap, and the account's stack."""
    if stacks.bootstrap(deployed):
        return []
    account = deployed.path("account").exists() and stacks.begun(deployed, deployed.account) is None
    return ["account", "bootstrap"] if account else ["bootstrap"]


def _prepare(deployed: Deployed, missing: Sequence[str], again: str) -> None:
    if "account" in missing:
        tags = cli.tags(Project=deployed.settings.project, Layer="account")
        _deploy_single(deployed, deployed.account, "account", again, "CAPABILITY_IAM", *tags)
    tags = cli.tags(Project=deployed.settings.project, Environment=deployed.name, Layer="bootstrap")
    _deploy_single(deployed, deployed.bootstrap, "bootstrap", again, "CAPABILITY_NAMED_IAM", *tags)


def _foretell(deployed: Deployed, touched: Sequence[str], parameters: dict[str, str], allow: Sequence[str]) -> None:
    from ci.deployed.foretold import foretell  # noqa: PLC0415 help comes without what compares

    foretell(deployed, touched, parameters, allow)


def _deploy_single(deployed: Deployed, stack: str, template: str, again: str, *capability_and_tags: str) -> None:
    where = ["--stack-name", stack, "--region", deployed.region, "--template-file", str(deployed.path(template))]
    events = Events(deployed, stack, template)
    try:
        cli.run(["cloudformation", "deploy", "--no-fail-on-empty-changeset", *where, "--capabilities", *capability_and_tags])
    except FailedError as error:
        happened = events.new()
        raise FailedError(_why(str(error), happened, diagnosis(deployed, happened, events.status, again, stack=stack))) from None


def _why(said: str, happened: Sequence[Event], told: Iterator[str]) -> str:
    """What a failure is told with; the CLI's own words where no event says more."""
    return "\n".join([*([] if root_cause(happened) else [said]), *told])


def _deploy_root(deployed: Deployed, options: argparse.Namespace, again: str, *, first: bool, despite_alarms: bool) -> None:
    wanted = Wanted(options.image, certificates(options))
    _look(deployed, wanted, despite_alarms=despite_alarms)
    parameters, bootstrap = _parameters(deployed, wanted), stacks.outputs_of_bootstrap(deployed)
    if not first:
        _foretell(deployed, ["root"], parameters, options.allow)
    started = time.monotonic()
    events = Events(deployed)
    guard = Guard(deployed, Limits(options.failed_tasks, options.minutes), bootstrap["ExecutionRoleArn"])
    if (asleep := service.find(deployed)) and service.wake(deployed, asleep):
        say("The service was asleep, or had too few tasks: it was woken.")
    happened: list[Event] = []
    with verb.begun(), tempfile.TemporaryDirectory() as folder:
        process = _start(deployed, Path(folder), bootstrap, parameters)
        try:
            with shown(deployed) as show:
                said = _follow(process, events, guard, show, happened)
        except (KeyboardInterrupt, ClientError, BotoCoreError) as error:
            process.terminate()
            process.wait()
            left = _what_goes_on(deployed, events, guard.role, again)
            raise FailedError(f"{str(error) or 'You stopped watching.'} " + "\n".join(left)) from None
        if not _has_succeeded(deployed, process, events, parameters):
            raise FailedError(_why(said, happened, diagnosis(deployed, happened, events.status, again, tasks=guard.tasks)))
        # First of all: what holds data stands now.
        protect(deployed)
        _finish(deployed, limit=options.minutes)
        say(f"Deployed in {(time.monotonic() - started) / 60:.1f} minutes. Next: python -m ci smoke {deployed.name}")
        print(stacks.root(deployed).outputs["ApiUrl"])


def _look(deployed: Deployed, wanted: Wanted, *, despite_alarms: bool) -> None:
    found = list(findings(deployed, wanted))
    say(table(found))
    stops = [name for name, finding in found if finding.state == "stop"]
    if despite_alarms and "alarms" in stops:
        say("It goes on although a rollback alarm is in ALARM: ECS ignores it, and does not call this deployment off for it.")
        stops.remove("alarms")
    if stops:
        raise RefusedError("Not deployed. Next: the remedies above, then again.")


def _parameters(deployed: Deployed, wanted: Wanted) -> dict[str, str]:
    """Those that the template has; it keeps the values of those that are not named."""
    given = {"ImageDigest": image.digest(deployed, str(wanted.image)), **wanted.certificates}
    known = deployed.template("root").get("Parameters", {})
    for name in PREFIX_LISTS.keys() & known.keys():
        if found := checks.prefix_list(deployed, PREFIX_LISTS[name]):
            given[name] = found
    if foreign := sorted(set(given) - set(known)):
        raise RefusedError(f"These settings have no parameter {foreign[0]}: leave its option away, or change the settings and render.")
    return given


def _start(deployed: Deployed, folder: Path, bootstrap: Mapping[str, str], parameters: dict[str, str]) -> "subprocess.Popen[str]":
    root = stacks.find(deployed, deployed.stack)
    # Nobody else may put another template there in between.
    packaged = folder / f"{deployed.stack}.packaged.json"
    where = ["--region", deployed.region]
    bucket = ["--s3-bucket", bootstrap["ArtifactBucket"], "--output-template-file", str(packaged)]
    cli.run(["cloudformation", "package", "--use-json", *where, "--template-file", str(deployed.path("root")), *bucket])
    # A database that is protected from deletion cannot be rolled back either; and what was once not rolled back goes on only so.
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
    first = deployed.settings.database.deletion_protection and (root is None or root.status == "REVIEW_IN_PROGRESS")
    stays = first or (root is not None and root.status in ("CREATE_FAILED", "UPDATE_FAILED"))
    return cli.start(
        [
            *("cloudformation", "deploy", "--no-fail-on-empty-changeset", "--stack-name", deployed.stack, *where),
            *("--template-file", str(packaged), "--role-arn", bootstrap["ExecutionRoleArn"], "--capabilities", "CAPABILITY_IAM"),
            *(["--disable-rollback"] if stays else []),
            *cli.tags(Project=deployed.settings.project, Environment=deployed.name),
            *("--parameter-overrides", *cli.parameters(parameters)),
        ]
    )


def _follow(process: "subprocess.Popen[str]", events: Events, guard: Guard, show: Show, happened: list[Event]) -> str:
    """Tell what happens until nothing does any more; the CLI gives up after an hour, CloudFormation does not."""
    while True:
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            pass
        else:
            time.sleep(SECONDS if stacks.is_busy(events.status) else 0)
        ended = process.poll() is not None
        new = events.new()
        happened += new
        show(new)
        if ended and not stacks.is_busy(events.status):
            return process.stdout.read().strip() if process.stdout else ""
        guard.check(happened)


def _what_goes_on(deployed: Deployed, events: Events, role: str, again: str) -> Iterator[str]:
    """Lines for who does not watch any more."""
    try:
        root = stacks.find(deployed, deployed.stack)
        status = root.status if root else "not there"
    except (ClientError, BotoCoreError):
        # What was heard last, if anything was.
        status = events.status
    if status and not stacks.is_busy(status):
        yield f"Nothing goes on: {deployed.stack} is {status}."
        yield f"Again: {again}"
        return
    yield "CloudFormation goes on by itself, and nobody stops a deployment of the service that goes nowhere."
    yield f"See what it does: python -m ci status {deployed.name}"
    if call_off := stacks.call_off(deployed, status, role):
        yield f"Call it off: {call_off}"


def _has_succeeded(deployed: Deployed, process: "subprocess.Popen[str]", events: Events, parameters: Mapping[str, str]) -> bool:
    """The CLI gives up after an hour, and before it begins where somebody else deploys: then it counts what stands in the end."""
    if process.returncode == 0:
        return events.status in ("", *stacks.COMPLETE)
    return events.status in stacks.COMPLETE and parameters.items() <= stacks.root(deployed).parameters.items()


def _finish(deployed: Deployed, limit: float) -> None:
    """Wait until the service has its minimum of tasks, as long as a deployment may take to start its own."""
    found = service.find(deployed)
    if found is None:
        raise FailedError(f"{deployed.stack} is deployed, but has no service: see what became of it in CloudFormation.")
    least, told = deployed.settings.service.min_tasks, None
    if service.wake(deployed, found):
        say(f"The service gets its minimum of tasks: {least}.")
    until = time.monotonic() + limit * 60
    while (running := service.counts(deployed, found).running) < least:
        if time.monotonic() > until:
            raise FailedError(
                f"{deployed.stack} is deployed, and nothing was rolled back, but after {limit:g} minutes {running} of at least {least} "
                f"tasks run. Next: python -m ci logs {deployed.name}"
            )
        if running != told:
            told = running
            say(f"{running} of at least {least} tasks run.")
        time.sleep(SECONDS)
