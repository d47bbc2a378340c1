"""Choose what runs the servers: Docker Compose where it can, this machine's own programs where not."""

from local.servers.compose import why_not
from local.servers.errors import StackError

_PULL_S = 120


def choose(kind: str) -> tuple[str, str]:
    """Return compose or native for `kind` auto, compose or native, and why as the end of a sentence.

    Images that are missing are pulled where that takes less than two minutes. StackError where compose was asked for
    and cannot be.
    """
    if kind not in {"auto", "compose", "native"}:
        raise StackError(f"STACK is {kind!r}; it may be auto, compose or native.")
    if kind == "native":
        return kind, "as asked"
    hindered = why_not(_PULL_S)
    if kind == "compose":
        if hindered:
            raise StackError(f"The compose stack cannot start: {hindered}.")
        return kind, "as asked"
    return ("native", hindered) if hindered else ("compose", "Docker has the images")
