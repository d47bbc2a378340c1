"""A stack on AWS as the `eventrush` command sees it: moto beside an endpoint that invokes the real admin function."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

STACK = "eventrush-test"
REGION = "eu-central-1"
_INVOKE = f"/2015-03-31/functions/{STACK}-admin/invocations"
_GET = {
    f"/2015-03-31/functions/{STACK}-join/aliases/live": {"FunctionVersion": "7", "Name": "live"},
    f"/2019-09-30/functions/{STACK}-join/provisioned-concurrency": {
        "RequestedProvisionedConcurrentExecutions": 2, "AvailableProvisionedConcurrentExecutions": 1,
    },
}  # fmt: skip


@contextmanager
def _functions(handle: Callable[[Any], Any]) -> Iterator[str]:
    """Answer as Lambda does."""

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["content-length"])))
            self.answer(handle(event) if self.path == _INVOKE else None)

        def do_GET(self) -> None:
            self.answer(_GET.get(self.path.partition("?")[0]))

        def answer(self, content: Any) -> None:
            body = json.dumps(content).encode()
            self.send_response(200 if content else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
            pass

    with HTTPServer(("127.0.0.1", 0), Endpoint) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def deployed(handle: Callable[[Any], Any], api_url: str) -> Iterator[None]:
    """Let AWS have a stack whose admin function this is; leads boto3 there."""
    outputs = {"AdminFunction": f"{STACK}-admin", "JoinFunction": f"{STACK}-join", "ApiUrl": api_url}
    with _functions(handle) as functions, stack_with(outputs, functions):
        yield


@contextmanager
def stack_with(outputs: Mapping[str, str], functions_url: str) -> Iterator[None]:
    """Let AWS have a stack with these outputs, and Lambda's endpoint be this; leads boto3 there."""
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    body = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                patch.delenv(name)
            patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
            patch.setenv("AWS_ENDPOINT_URL_LAMBDA", functions_url)
            patch.setenv("AWS_REGION", REGION)
            patch.setenv("AWS_ACCESS_KEY_ID", "key")
            patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
            cloudformation = boto3.client("cloudformation", region_name=REGION)
            cloudformation.create_stack(StackName=STACK, TemplateBody=json.dumps(body))
            yield
    finally:
        moto.stop()
