"""Find the processes that a test has started."""

from pathlib import Path

import psutil


def processes_of(directory: Path) -> list[psutil.Process]:
    """Return the processes whose command line names a directory, such as servers that keep their data there."""
    return [one for one in psutil.process_iter(["cmdline"]) if str(directory) in " ".join(one.info["cmdline"] or [])]
