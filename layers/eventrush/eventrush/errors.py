"""The errors of the layer, each named for what failed; an expected outcome is a `Verdict`, never an error."""


class EventrushError(Exception):
    """Base of every error that the layer raises; its message is one sentence."""


class SettingsError(EventrushError):
    """A setting is missing or malformed; the message names the variable."""


class GateUnavailableError(EventrushError):
    """The gate did not answer in time; whether it executed the command is unknown."""


class GateLostError(EventrushError):
    """The server that answered is not the one that gave the seats; the gate must be rebuilt first."""


class EntryHiddenError(EventrushError):
    """The entry was reclaimed just now: its user may still be refused, so that it is not shown yet."""


class PublishError(EventrushError):
    """The stream did not acknowledge in time; whether it has the record is unknown."""


class StreamUnavailableError(EventrushError):
    """Kafka did not return what the stream holds."""


class LedgerError(EventrushError):
    """The statement failed, or its outcome is unknown."""


class LockHeldError(LedgerError):
    """Another connection holds the lock."""


class MalformedRecordError(EventrushError):
    """A record of the stream is not a valid entry; the message says why."""


class ConflictError(EventrushError):
    """A command violates a rule, for example by a capacity below the number of issued seats."""
