"""One worker of the front: `python -m local.front.worker SETTINGS`. Its start is the environment's init."""

import asyncio
import json
import logging
import os
import signal
import sys
from typing import Any

import psutil
from granian.constants import Interfaces
from granian.server.embed import Server
from tenacity import AsyncRetrying, retry_if_not_result, wait_fixed

from local.front.app import App
from local.front.routes import Router
from local.function import Function, Route
from local.invoke import HandlerInvoker
from local.workers import Lifeline


async def serve(app: App, host: str, port: int, lifeline: Lifeline) -> None:
    """Serve until SIGTERM; requests that were taken are answered first."""
    # Granian binds with SO_REUSEPORT, so each worker has a queue of connections of its own on the one port.
    server = Server(
        app, address=host, port=port, interface=Interfaces.ASGINL, websockets=False, backlog=4096, log_enabled=False
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve())
        await AsyncRetrying(wait=wait_fixed(0.005), retry=retry_if_not_result(bool))(_listens, port)
        lifeline.ready()


async def _listens(port: int) -> bool:
    """Tell whether this very process listens; a connection would tell only that some worker does."""
    listening = (one for one in psutil.Process().net_connections("tcp") if one.status == psutil.CONN_LISTEN)
    return any(one.laddr.port == port for one in listening)


def main() -> None:
    """Serve what the command line says."""
    lifeline = Lifeline.attach()
    logging.basicConfig(format="%(asctime)s %(name)s %(message)s", level=logging.INFO)
    settings: dict[str, Any] = json.loads(sys.argv[1])
    routes = [Route(*route) for route in settings["routes"]]
    app = App(Router(routes), HandlerInvoker(Function(**settings["function"])))
    asyncio.run(serve(app, settings["host"], settings["port"], lifeline))
    # Granian's threads abort the process when they meet an interpreter that is being taken down.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
