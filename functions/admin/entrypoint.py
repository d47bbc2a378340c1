"""What Lambda imports: the handler; it connects at its first invocation, as operators can wait."""

from admin.handler import lambda_handler

__all__ = ["lambda_handler"]
