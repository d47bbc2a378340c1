"""Runs commands as a user types them."""

import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Terminal:
    """A fresh checkout and the variables that give it its own ports and Docker network."""

    checkout: Path
    environ: Mapping[str, str]

    def run(self, line: str, timeout_s: float = 120) -> str:
        """Run a command line, which must succeed, and return its output."""
        completed = subprocess.run(  # noqa: S603 - the project's own commands
            shlex.split(line),
            cwd=self.checkout,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        assert completed.returncode == 0, f"{line}: {completed.stderr[-2000:]}"
        return completed.stdout

    def start(self, words: list[str], log: Path) -> subprocess.Popen[bytes]:
        """Start a command that runs until it is stopped."""
        with log.open("wb") as output:
            return subprocess.Popen(  # noqa: S603 - the project's own commands
                words, cwd=self.checkout, env=self.environ, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )


def check_out(root: Path, checkout: Path) -> None:
    """Copy the files that git tracks, with uncommitted changes."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True)  # noqa: S607
    for name in filter(None, listed.stdout.split("\0")):
        if (root / name).exists():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, checkout / name)
