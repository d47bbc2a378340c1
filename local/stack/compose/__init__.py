"""The servers as containers of docker-compose.yml."""

from local.stack.compose.obstacle import why_not
from local.stack.compose.together import describe, start

__all__ = ["describe", "start", "why_not"]
