"""What Lambda imports: the handler, its settings checked at init."""

from persist.handler import lambda_handler
from persist.wiring import dependencies

__all__ = ["lambda_handler"]

dependencies()
