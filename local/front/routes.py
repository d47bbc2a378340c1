"""Choose the route of a request, as an HTTP API does: exact before parameters before greedy before $default."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from local.function import Route

type Match = tuple[str, dict[str, str]]


@dataclass(frozen=True)
class _Pattern:
    """A route's path, segment by segment."""

    route: Route
    segments: tuple[str, ...]

    @property
    def rank(self) -> tuple[bool, int, int, bool]:
        """Order the patterns, best first."""
        greedy = self.segments[-1].endswith("+}")
        variables = sum(segment.startswith("{") for segment in self.segments)
        return greedy, -len(self.segments), variables, self.route.method == "ANY"

    def match(self, segments: Sequence[str]) -> dict[str, str] | None:
        """Return the path parameters, decoded, or None where the path is another's."""
        if self.segments[-1].endswith("+}"):
            size = len(self.segments) - 1
            if len(segments) <= size:
                return None
            segments = [*segments[:size], "/".join(segments[size:])]
        if len(segments) != len(self.segments):
            return None
        parameters = {}
        for pattern, segment in zip(self.segments, segments, strict=True):
            if pattern.startswith("{"):
                if not segment:
                    return None
                parameters[pattern.strip("{+}")] = unquote(segment)
            elif pattern != segment:
                return None
        return parameters


class Router:
    """The routes of an API."""

    def __init__(self, routes: Sequence[Route]) -> None:
        patterns = [_Pattern(route, tuple(route.path.split("/"))) for route in routes if route.path is not None]
        self._patterns = sorted(patterns, key=lambda pattern: pattern.rank)
        self._has_default = any(route.path is None for route in routes)

    def match(self, method: str, raw_path: str) -> Match | None:
        """Return the route key and the path parameters, or None for a request that no route takes.

        The path is matched as it was sent, so an encoded slash stays within its parameter.
        """
        segments = raw_path.split("/")
        for pattern in self._patterns:
            if pattern.route.method in {method, "ANY"}:
                parameters = pattern.match(segments)
                if parameters is not None:
                    return pattern.route.key, parameters
        return ("$default", {}) if self._has_default else None
