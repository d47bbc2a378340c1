"""The module that Lambda imports: the handler, connected at init."""

from reconcile.dependencies import dependencies
from reconcile.handler import lambda_handler

__all__ = ["lambda_handler"]

dependencies()
