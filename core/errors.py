"""What a person's mistake raises: every message names the problem and the remedy."""

import sys
from collections.abc import Callable

from core.messages import Message, Value


class RowByRowError(Exception):
    """Base of all errors that a person can mend. Shown as a notice, or as one line with exit status 2.

    `StoreError("There is no run {run} in {folder}: ...", run=run_id, folder=folder)`; an error may also be raised again
    with the message of another, `StoreError(error.message)`.
    """

    def __init__(self, message: str | Message, /, **values: Value):
        self.message = message if isinstance(message, Message) else Message(message, values)
        super().__init__(str(self.message))


class ConfigError(RowByRowError):
    """A setting outside its range, or an unknown preset."""


class DataError(RowByRowError):
    """MNIST is missing, truncated or altered."""


class WeightsError(RowByRowError):
    """A weights file that cannot be read, or does not fit the network."""


class CheckpointError(RowByRowError):
    """A checkpoint that cannot be written, read or continued from."""


class StoreError(RowByRowError):
    """The runs folder or its database cannot be used."""


class OwnershipError(StoreError):
    """Another process has taken over the run that this one trained."""


class DrawingError(RowByRowError):
    """Strokes or a picture from which no digit's frame can be made."""


class TrainingError(RowByRowError):
    """A run that cannot go on, such as one whose loss is no longer a number."""


def exit_status(command: Callable[[], int | None]) -> int:
    """Runs it: its own status or 0; 2 for a mistake, which is told in one line; 130 where it was interrupted."""
    try:
        return command() or 0
    except RowByRowError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has gone, as with `| head`
        sys.stderr.close()
        return 0
