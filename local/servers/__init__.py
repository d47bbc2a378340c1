"""Redis, Kafka and MySQL on this machine, started and stopped together.

`start` a stack in a directory, `complete` one of which a server ended, `find` the one that runs there, or the one that
was `saved` and no longer runs. Each `Service` of a `Stack` can be killed, suspended, restarted on its port, or wiped.
"""

from local.exceptions import PortTakenError, StackError
from local.servers.lifecycle import choose, complete, find, saved, start
from local.servers.stack import Servers, Service, Stack

__all__ = ["PortTakenError", "Servers", "Service", "Stack", "StackError"]
__all__ += ["choose", "complete", "find", "saved", "start"]
