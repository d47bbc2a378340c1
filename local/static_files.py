"""Static files beside an API's routes: found and read when the API starts, so that no request opens a file.

A deployment serves such files elsewhere (a bucket, a CDN).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from local.api_gateway import Response
from local.exceptions import WorkersError

# Not the standard library's table, which the machine's own files change.
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".yaml": "application/yaml",
}
_HEADERS: Final = [
    (b"cache-control", b"no-cache"),
    (b"content-security-policy", b"default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]


def find(static: Mapping[str, Path]) -> dict[str, Path]:
    """Return each file by the path of its URL; WorkersError where there is none.

    A path that ends with a slash is the prefix of a directory: its files, and `index.html` at the prefix itself. Any
    other path is one file, and may have parameters as a route has: `/e/{eventId}`. Hidden files are left out.
    """
    return dict(_find(static))


def _find(static: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
    for path, source in static.items():
        if not (source.is_dir() if path.endswith("/") else source.is_file()):
            raise WorkersError(f"There is no {source}, which is to be served at {path}.")
        if source.is_file():
            yield path, source
            continue
        for file in sorted(source.rglob("*")):
            name = file.relative_to(source)
            if file.is_file() and not any(part.startswith(".") for part in name.parts):
                yield path + quote(name.as_posix()), file
                if name.as_posix() == "index.html":
                    yield path, file


def read(files: Mapping[str, str]) -> dict[str, Response]:
    """Return the response to GET of each file, by the path of its URL."""
    return {path: _response(Path(file)) for path, file in files.items()}


def _response(file: Path) -> Response:
    content_type = _TYPES.get(file.suffix, "application/octet-stream")
    return Response(200, [(b"content-type", content_type.encode()), *_HEADERS], file.read_bytes())
