"""What the simulation has to say of one resource."""

from typing import Literal, NamedTuple

Word = Literal["fails", "interrupts", "leaves-orphans", "irreversible", "fine"]
# The worst first.
WORDS: tuple[Word, ...] = ("fails", "interrupts", "leaves-orphans", "irreversible", "fine")


class Finding(NamedTuple):
    """A consequence: its verdict, the resource, the step, and the end of a sentence that begins with the resource."""

    word: Word
    label: str
    step: str
    sentence: str
    source: str = ""
    # What becomes of the rollback, where it is not a plain one.
    rollback: str = ""
