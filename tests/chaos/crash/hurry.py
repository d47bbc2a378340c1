"""What need not be waited for where one process is at work at a time, and the records are a handful."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

# Nobody is on the way to the stream when a rebuild begins; and a batch of the stream does not fill.
_HURRIED: Final = [("eventrush.rebuilding", "SHELF_LIFE_S", 0.01), ("eventrush.stream.reader", "_LULL_S", 0.02)]


def hurry(assign: Callable[[Any, str, float], None] = setattr) -> None:
    """Shorten what is waited for, by `setattr` or a test's own way that undoes it."""
    for module, name, seconds in _HURRIED:
        assign(import_module(module), name, seconds)
