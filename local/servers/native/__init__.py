"""The servers as processes of this machine."""

from local.servers.native.together import describe, start

__all__ = ["describe", "start"]
