"""Redis, Kafka and a MySQL for this machine, started and stopped together.

`start` a stack in a directory, `complete` one of which something died, `find` the one that runs there, or the one that
was `saved` and runs no more. A `Stack` has the settings that lead the functions to its servers, and each `Service` can
be killed, suspended, started again on its port, or emptied.
"""

from local.servers.choice import choose
from local.servers.directory import complete, find, saved, start
from local.servers.errors import PortTakenError, StackError
from local.servers.service import Service
from local.servers.stack import Stack

__all__ = ["PortTakenError", "Service", "Stack", "StackError", "choose", "complete", "find", "saved", "start"]
