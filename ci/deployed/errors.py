"""What a person is told in a sentence: what is wrong, where, and what to do."""


class RefusedError(Exception):
    """Nothing was changed."""


class FailedError(Exception):
    """Something was begun, and did not succeed."""
