"""The errors a caller may catch.

Every message has three parts: the rule that was broken, ``Received: ...``, and the way out.
"""


class Waifu4xError(Exception):
    """Base class: a mistake in the input or the set-up that the user can mend."""


class PictureError(Waifu4xError):
    """A picture cannot be read, is refused by name, or cannot be written as asked."""


class UsageError(Waifu4xError):
    """Arguments that contradict each other, or a value out of its range."""


class ModelError(Waifu4xError):
    """A model name, a model file or its card is wrong."""


class ConfigError(Waifu4xError):
    """A training recipe or a data folder cannot be used."""


class ReceiptError(Waifu4xError):
    """What should be the receipt of a result is none, or cannot be read."""


class MissingExtraError(Waifu4xError):
    """A feature needs an optional dependency that is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs the optional packages of the extra [{extra}]. "
            f"Received: an installation without them. Install with: pip install 'waifu4x[{extra}]' "
            f"(from a checkout: pip install '.[{extra}]')."
        )


class CancelledError(Waifu4xError):
    """The caller asked to stop; nothing was written."""
