"""The errors of the layer, each named for what failed; an expected outcome is a `Verdict`, never an error."""


class EventrushError(Exception):
    """Base of every error the layer raises; its text is one plain sentence."""


class SettingsError(EventrushError):
    """A setting is missing or malformed; the sentence names the variable."""


class GateUnavailableError(EventrushError):
    """The gate did not answer in time; whether it carried the command out is unknown."""


class GateLostError(EventrushError):
    """The gate answered, but it is not the server that gave the seats; it must be rebuilt first."""


class PublishError(EventrushError):
    """The stream did not acknowledge in time; whether it has the record is unknown."""


class StreamUnavailableError(EventrushError):
    """Kafka did not return what the stream holds."""


class LedgerError(EventrushError):
    """The statement failed, or its outcome is unknown."""


class MalformedRecordError(EventrushError):
    """A record of the stream cannot be an entry; the sentence says why."""


class ConflictError(EventrushError):
    """An operator asked for what the rules forbid, such as a capacity below the seats already issued."""
