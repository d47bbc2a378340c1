"""Write a file that other processes read at the same time."""

import os
from pathlib import Path


def replace_file(file: Path, text: str) -> None:
    """Replace a file in one step, so that a reader sees the old text or the new; only its owner may read it."""
    part = file.with_name(f"{file.name}.{os.getpid()}")
    part.touch(mode=0o600)
    part.write_text(text)
    part.replace(file)
