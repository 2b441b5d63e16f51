"""The errors a caller may catch, and what their messages share.

Every message has three parts: the rule that was broken, ``Received: ...``, and the way out.
"""


class Waifu4xError(Exception):
    """Base class: a mistake in the input or the set-up that the user can mend.

    Example:
        >>> try:
        ...     waifu4x_tf.read("missing.png")
        ... except waifu4x_tf.Waifu4xError as error:
        ...     print(error)
        missing.png: A picture file must exist. Received: no such file. Check the path.
    """


class PictureError(Waifu4xError):
    """A picture cannot be read, is refused by name, or cannot be written as asked."""


class UsageError(Waifu4xError, ValueError):
    """Arguments that contradict each other, or a value out of its range."""


class ModelError(Waifu4xError):
    """A model name, a model file or its card is wrong."""


class ConfigError(Waifu4xError):
    """A training recipe or a data folder cannot be used."""


class ReceiptError(Waifu4xError):
    """What should be the receipt of a result is none, or cannot be read."""


class MissingExtraError(Waifu4xError, ImportError):
    """A feature needs an optional dependency that is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs the optional packages of the extra [{extra}]. "
            f"Received: an installation without them. Install with: pip install 'waifu4x[{extra}]' "
            f"(from a checkout: pip install '.[{extra}]')."
        )


class CancelledError(Waifu4xError):
    """The caller asked to stop; nothing was written."""


def named(label: str, message: str) -> str:
    """A message that begins with what it speaks of: that a name is somewhere in it says nothing."""
    return message if message.startswith(f"{label}: ") else f"{label}: {message}"


def refusal(error: OSError) -> str:
    """The message for what the system refused, in words without an error number."""
    reason = error.strerror or str(error)
    if error.filename is not None:
        reason += f": {error.filename}"
    elif isinstance(error, FileNotFoundError):
        # Of the system's calls that name no file only the question for the current folder ends like this.
        reason += ", where the current folder was"
    return f"The system refused a file or a stream. Received: {reason}. Check space and permissions."
