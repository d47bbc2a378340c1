"""Processes as seen from outside."""

from pathlib import Path

import psutil


def processes_of(directory: Path) -> list[psutil.Process]:
    """Give the processes that were told of a directory, such as servers that keep their data there."""
    return [one for one in psutil.process_iter(["cmdline"]) if str(directory) in " ".join(one.info["cmdline"] or [])]
