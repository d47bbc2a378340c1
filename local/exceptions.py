"""What this folder raises; the text of each error is one sentence for a person."""

from eventrush.errors import EventrushError


class TemplateError(EventrushError):
    """The template cannot be read, or holds what cannot run on this machine."""


class KeySetError(EventrushError):
    """The keys of tokens cannot be read."""


class WorkersError(EventrushError):
    """Worker processes did not start."""


class FunctionError(Exception):
    """The function raised. As on Lambda, this names the exception's type only; the rest is in the function's log."""


class SamError(EventrushError):
    """SAM failed, or cannot run."""


class StackError(EventrushError):
    """A server is missing, did not start, or ended."""


class PortTakenError(StackError):
    """Another process has the port that a server needs."""
