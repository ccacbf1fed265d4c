"""One verdict of all findings: the worst word, who brings it about, at which step and why, and what a rollback then does."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ci.changes.finding import Finding, Word

ROLLED_BACK = "CloudFormation rolls back: what was changed gets its old values, and what was made is deleted"
BACK = "nothing is rolled back, since CloudFormation does not fail: the way back is another deployment"


class Verdict(NamedTuple):
    """`culprits` are the resources, `first` what an administrator has to do before."""

    word: Word
    culprits: tuple[str, ...]
    step: str
    reason: str
    rollback: str
    first: tuple[str, ...]


class Refusal(NamedTuple):
    """What is refused, and why, as the end of a sentence that begins with the resource; `final` is what AWS refuses, whoever allows it."""

    label: str
    sentence: str
    final: bool = False


def verdict(findings: Sequence[Finding], first: Iterable[str]) -> Verdict:
    """Of findings with the worst first."""
    if not findings:
        return Verdict("fine", (), "", "nothing is refused, interrupted, lost or left behind", "", tuple(first))
    worst = findings[0]
    culprits = tuple(dict.fromkeys(finding.label for finding in findings if finding.word == worst.word))
    rollback = next((finding.rollback for finding in findings if finding.word == worst.word and finding.rollback), "")
    rollback = rollback or (ROLLED_BACK if worst.word == "fails" else BACK)
    return Verdict(worst.word, culprits, worst.step, f"{worst.label} {worst.sentence}", rollback, tuple(first))


def refusals(findings: Sequence[Finding]) -> list[Refusal]:
    """The gravest of each resource. Where AWS refuses anything, nothing else of the deployment happens: nothing can be allowed."""
    worst = findings[0].word if findings else "fine"
    counted = [finding for finding in findings if worst != "fails" or finding.word == "fails"]
    found: dict[str, Refusal] = {}
    for finding in counted:
        found.setdefault(finding.label, Refusal(finding.label, finding.sentence, finding.word == "fails"))
    return list(found.values())
