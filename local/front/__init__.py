"""An HTTP API on this machine: real HTTP in, API Gateway's event, the handler, its response out.

Mirrored: routes, the event and the response of payload format 2.0, the 10 MB limit, the answers to what no route takes
and to a handler that fails, environments that do one invocation at a time. Not mirrored: authorizers, CORS, throttling,
access logs, TLS, more environments under more load, the function's Timeout, and the end of an environment: requests
that were with a worker when it died are cut off, where API Gateway answers 500.
"""

from local.front.front import Front

__all__ = ["Front"]
