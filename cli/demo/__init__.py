"""The demonstration: a stack of its own, a rush, and a verdict on the whole."""

from cli.demo.command import register

__all__ = ["register"]
