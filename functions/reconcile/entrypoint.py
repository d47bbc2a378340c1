"""What Lambda imports: the handler, wired at init."""

from reconcile.handler import lambda_handler
from reconcile.wiring import dependencies

__all__ = ["lambda_handler"]

dependencies()
