"""The module that Lambda imports: the handler, connected before the first request."""

import os

from join.dependencies import dependencies
from join.handler import lambda_handler

__all__ = ["lambda_handler"]

if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    # A connection made before the snapshot would be shared by every environment restored from it.
    from snapshot_restore_py import register_after_restore  # type: ignore[import-not-found]  # in Lambda only

    register_after_restore(dependencies)
else:
    dependencies()
