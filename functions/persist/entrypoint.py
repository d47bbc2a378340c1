"""The module that Lambda imports: the handler, with its settings checked at init."""

from persist.dependencies import dependencies
from persist.handler import lambda_handler

__all__ = ["lambda_handler"]

dependencies()
