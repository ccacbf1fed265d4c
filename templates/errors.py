"""What a user can mend: the message is a sentence (or a line for each mistake), and no traceback is shown."""


class RenderingError(Exception):
    """Nothing can be rendered from this input."""


class SettingsError(RenderingError):
    """A settings file that cannot be used."""


class WiringError(RenderingError):
    """Layers that do not fit together; the message names both ends."""


class DocumentError(RenderingError):
    """An OpenAPI document from which no API can be made."""


class ContractError(RenderingError):
    """A service's contract that cannot be read."""
