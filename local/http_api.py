"""An HTTP API on this machine: HTTP in, API Gateway's event, the function, its response out.

Mirrored: routes, the event and the response of payload format 2.0, the 10 MB limit, the responses to requests that no
route takes and to a function that fails, JWT authorizers, environments that do one invocation at a time. Not mirrored:
CORS, throttling, access logs, TLS, more environments under more load, the function's Timeout, and the end of an
environment: requests in a worker that dies are cut off, where API Gateway responds 500.
"""

import json
import logging
import os
import re
import socket
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from local import api_gateway, http_server, static_files
from local.api_gateway import Claims, InvalidOutputError, RequestHeaders, Response
from local.exceptions import FunctionError, WorkersError
from local.function import Function, Route
from local.http_server import Receive, Scope, Send
from local.lambda_runtime import HandlerInvoker, Invoke
from local.ports import HOST
from local.supervisor import Worker, WorkerPool, report_ready, stop_event

# Two a core: while one waits for Kafka's acknowledgement, the other has the core. With more they take turns more often,
# so that each request costs more.
WORKERS: Final = 2 * (os.cpu_count() or 1)
LIMIT_BYTES: Final = 10_000_000  # API Gateway's, for a payload

DEFAULT: Final = "$default"

_KNOWN_PATHS: Final = 1024  # of which the routes are remembered
_READ_ONLY: Final = Response(405, [(b"allow", b"GET, HEAD"), (b"content-type", b"text/plain")], b"")

_logger = logging.getLogger("local.http_api")  # not __main__, as which a worker runs

type Match = tuple[str, dict[str, str]]  # route key and path parameters
type Authorize = Callable[[str | None], Claims | None]  # an Authorization header's claims, None if it is refused


class HttpApi(WorkerPool):
    """A function's HTTP API on a port of loopback, in `workers` processes; port 0 takes a free one.

    `jwks` is the file or the URL of the keys that the routes' authorizers trust. `static` are files beside the routes,
    as `static_files.find` takes them; they come before the `$default` route only. WorkersError where the port is taken
    or a file is missing. `url` is the API's address without a slash at its end.
    """

    def __init__(  # noqa: PLR0913 - each names a different thing
        self,
        function: Function,
        *,
        log: Path,
        settings: Mapping[str, str] | None = None,
        port: int = 0,
        workers: int = WORKERS,
        jwks: str | None = None,
        static: Mapping[str, Path] | None = None,
    ) -> None:
        if jwks is None and any(route.jwt for route in function.routes):
            raise WorkersError(f"{function.name} has a JWT authorizer, whose keys are not known.")
        files = {path: str(file) for path, file in static_files.find(static or {}).items()}
        self._reserved = _reserve(port)
        port = self._reserved.getsockname()[1]
        self.url = f"http://{HOST}:{port}"
        argv = [f"--port={port}", f"--static={json.dumps(files)}", *([f"--jwks={jwks}"] if jwks else [])]
        super().__init__("local.http_api", function, argv, count=workers, settings=settings or {}, log=log)

    def stop(self) -> None:
        """Stop the workers, then release the port."""
        super().stop()
        self._reserved.close()


def _reserve(port: int) -> socket.socket:
    """Bind the port without listening, so that no other process gets it while workers come and go."""
    try:
        # Workers share the port by SO_REUSEPORT; only a bind without it fails where another process has the port.
        with socket.create_server((HOST, port)) as probe:
            port = probe.getsockname()[1]
    except OSError as error:
        raise WorkersError(f"Port {port} on {HOST} is not available: {os.strerror(error.errno or 0)}.") from error
    reserved = socket.socket()
    for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
        reserved.setsockopt(socket.SOL_SOCKET, option, 1)
    reserved.bind((HOST, port))
    return reserved


class Router:
    """The routes of an API, in API Gateway's order: exact, with parameters, greedy, $default."""

    def __init__(self, routes: Sequence[Route]) -> None:
        ranked = sorted(filter(_rank, routes), key=_rank)
        self._routes = [(route, *_pattern(route.path or "")) for route in ranked]
        self._has_default = len(ranked) < len(routes)

    def match(self, method: str, raw_path: str) -> Match | None:
        """Return the route key and the decoded path parameters, or None for a request that no route takes.

        The path is matched as it was sent, so an encoded slash stays within its parameter.
        """
        for route, pattern, names in self._routes:
            if route.method in {method, "ANY"} and (found := pattern.fullmatch(raw_path)):
                return route.key, dict(zip(names, map(unquote, found.groups()), strict=True))
        return (DEFAULT, {}) if self._has_default else None


def _rank(route: Route) -> tuple[bool, int, int, bool] | tuple[()]:
    path = route.path
    return (path.endswith("+}"), -path.count("/"), path.count("{"), route.method == "ANY") if path else ()


def _pattern(path: str) -> tuple[re.Pattern[str], list[str]]:
    """Return a path as a regular expression, and the names of its groups."""
    literals, variables = re.split(r"{[^}]*}", path), re.findall(r"{([^}]*)}", path)
    groups = ["(.+)" if name.endswith("+") else "([^/]+)" for name in variables]
    text = "".join(re.escape(literal) + group for literal, group in zip(literals, [*groups, ""], strict=True))
    return re.compile(text, re.DOTALL), [name.removesuffix("+") for name in variables]


class Application:
    """The ASGI application: one environment of the function behind the API's routes, authorizers by route key.

    `files` are responses to GET, by path. The function is called, not awaited, on purpose: a second request waits until
    the first has its response.
    """

    def __init__(
        self,
        router: Router,
        invoke: Invoke,
        authorizers: Mapping[str, Authorize] | None = None,
        files: Mapping[str, Response] | None = None,
    ) -> None:
        self._match = lru_cache(_KNOWN_PATHS)(router.match)
        self._invoke = invoke
        self._authorizers = authorizers or {}
        routes = {Route("GET", path): response for path, response in (files or {}).items()}
        self._files = {route.key: response for route, response in routes.items()}
        self._match_file = Router([*routes]).match

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request; drop it if its client disconnects before the body is complete."""
        received = api_gateway.request_headers(scope)
        body = await _read(received[0], receive)
        if body is None:
            return
        response = self._respond(scope, received, body)
        await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
        await send({"type": "http.response.body", "body": response.body})

    def _respond(self, scope: Scope, received: RequestHeaders, body: bytes) -> Response:
        if len(body) > LIMIT_BYTES:
            return api_gateway.message(413, "Request Entity Too Large")
        method, path = scope["method"], scope["raw_path"].decode("latin-1")
        match = self._match(method, path)
        if (match is None or match[0] == DEFAULT) and (file := self._match_file("GET", path)):
            return self._files[file[0]] if method in {"GET", "HEAD"} else _READ_ONLY
        if match is None:
            return api_gateway.message(404, "Not Found")
        claims, authorize = None, self._authorizers.get(match[0])
        if authorize and (claims := authorize(received[0].get("authorization"))) is None:
            return api_gateway.UNAUTHORIZED
        try:
            return api_gateway.response(self._invoke(api_gateway.build_event(scope, received, body, *match, claims)))
        except FunctionError:  # its traceback is in the log already
            pass
        except InvalidOutputError as error:
            _logger.error("The function's output is no response: %s", error)  # noqa: TRY400 - a trace says no more
        return api_gateway.message(500, "Internal Server Error")


async def _read(headers: Mapping[str, str], receive: Receive) -> bytes | None:
    """Return the body, at most one chunk over the limit, or None where the client disconnected."""
    length = -1 if "transfer-encoding" in headers else int(headers.get("content-length", "0"))
    chunks, size, more = [], 0, length != 0
    while more and size <= LIMIT_BYTES:
        chunk = await receive()
        if chunk["type"] != "http.request":
            return None
        chunks.append(chunk["body"])
        size += len(chunk["body"])
        more = chunk["more_body"] and size != length
    return b"".join(chunks)


def _authorizers(routes: Sequence[Route], jwks: str) -> dict[str, Authorize]:
    configurations = {route.key: route.jwt for route in routes if route.jwt}
    if not configurations:
        return {}
    from local import jwt_authorizer  # noqa: PLC0415 - a tenth of a second and 10 MB, for tokens only

    keys = jwt_authorizer.KeySet(jwks)
    keys.follow()
    made = {one: jwt_authorizer.JwtAuthorizer(one, keys).authorize for one in {*configurations.values()}}
    return {key: made[one] for key, one in configurations.items()}


def main() -> None:
    """Serve until SIGTERM."""
    parser = ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--jwks", help="File or URL of the keys that authorizers trust.")
    parser.add_argument("--static", type=json.loads, default={}, help="Files by the path of their URL, as JSON.")
    worker = Worker(parser)
    routes = worker.function.routes
    authorizers = _authorizers(routes, worker.options.jwks)
    files = static_files.read(worker.options.static)
    application = Application(Router(routes), HandlerInvoker(worker.function), authorizers, files)
    http_server.serve(application, worker.options.port, ready=report_ready, stopping=stop_event())
    # Granian's threads abort the process when they meet an interpreter that is being finalized.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
