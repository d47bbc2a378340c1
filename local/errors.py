"""What this folder tells whoever used it when something cannot be; each text is one sentence."""

from eventrush.errors import EventrushError


class TemplateError(EventrushError):
    """The template cannot be read, or holds what is not mirrored here."""


class WorkersError(EventrushError):
    """Worker processes did not come up."""


class FunctionError(Exception):
    """The function raised, as Lambda reports it: nothing but its kind; the rest is in the function's log."""


class SamError(EventrushError):
    """What SAM should do was not done."""
