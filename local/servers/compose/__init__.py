"""The servers as containers of docker-compose.yml."""

from local.servers.compose.obstacle import why_not
from local.servers.compose.together import describe, start

__all__ = ["describe", "start", "why_not"]
