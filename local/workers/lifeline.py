"""The socket on a child's standard input: it says when the child is ready, and ends the child with its parent.

A parent that is killed closes its end, whatever else happens, so nothing is left running.
"""

import os
import signal
import socket
import threading
import time
from typing import Self

# A worker in the middle of an invocation may finish it.
GRACE_S = 5.0
READY = b"."


class Lifeline:
    """The child's end."""

    def __init__(self, line: socket.socket, grace_s: float) -> None:
        self._line = line
        self._grace_s = grace_s
        threading.Thread(target=self._end_with_parent, name="lifeline", daemon=True).start()

    @classmethod
    def attach(cls, grace_s: float = GRACE_S) -> Self:
        """Take the socket that the parent put on standard input; after its end this process has so many seconds."""
        return cls(socket.socket(fileno=0), grace_s)

    def ready(self) -> None:
        """Tell the parent that this process serves."""
        self._line.sendall(READY)

    def _end_with_parent(self) -> None:
        while self._line.recv(1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(self._grace_s)
        os._exit(1)
