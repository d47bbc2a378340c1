"""What Lambda imports: the handler, wired before the first request, so that none waits for a connection."""

import os

from join.handler import lambda_handler
from join.wiring import dependencies

__all__ = ["lambda_handler"]

if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    # A connection made before the snapshot would be one that every environment believes to be its own.
    from snapshot_restore_py import register_after_restore  # type: ignore[import-not-found]  # in Lambda only

    register_after_restore(dependencies)
else:
    dependencies()
