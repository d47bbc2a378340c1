"""The errors of the layer, each named for what failed; an expected outcome is a `Verdict`, never an error."""


class EventrushError(Exception):
    """Base of every error the layer raises; its text is one plain sentence."""


class SettingsError(EventrushError):
    """A setting is missing or malformed; the sentence names the variable."""


class GateUnavailableError(EventrushError):
    """The gate did not answer in time, so nothing is known of what was asked."""


class GateLostError(EventrushError):
    """The gate answered, but it is not the one that gave the seats; it must be rebuilt first."""


class PublishError(EventrushError):
    """The stream has not acknowledged in time: the entry's delivery is unknown, not failed."""


class StreamUnavailableError(EventrushError):
    """Kafka did not tell what the stream carries."""


class LedgerError(EventrushError):
    """The ledger did not do what was asked, or, where the sentence says so, not known whether it did."""


class MalformedRecordError(EventrushError):
    """A record of the stream cannot be an entry; the sentence says why."""


class ConflictError(EventrushError):
    """An operator asked for what the rules forbid, such as a capacity under the seats already issued."""
