"""The settings that lead the functions to a running stack."""

from local.servers import Stack


def environment(stack: Stack) -> dict[str, str]:
    """Return the environment variables of the functions for this stack's servers."""
    return stack.environ
