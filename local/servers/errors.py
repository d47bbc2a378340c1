"""What a stack tells whoever started it when a server cannot be had."""

from eventrush.errors import EventrushError


class StackError(EventrushError):
    """A server is missing, did not come up, or died; the text is one sentence."""


class PortTakenError(StackError):
    """Another process took the port between our choosing and the server's binding it."""
