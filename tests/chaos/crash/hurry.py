"""What need not be waited for where one process is at work at a time, and the records are a handful."""

from collections.abc import Callable
from typing import Any, Final

# No claim is on its way to the stream when a rebuild begins; and a batch of the stream does not fill.
_HURRIED: Final = [
    ("eventrush.rebuild.rebuild", "publish_deadline_s", 0.01),
    ("eventrush.stream.reader.StreamReader.__init__", "fill_s", 0.02),
]


def hurry(_assign: Callable[[Any, str, float], None] = setattr) -> None:
    """Shorten what is waited for."""
    for _module, _name, _seconds in _HURRIED:
        pass
