"""What Lambda imports: the handler; it connects when it is first asked, as operators can wait."""

from admin.handler import lambda_handler

__all__ = ["lambda_handler"]
