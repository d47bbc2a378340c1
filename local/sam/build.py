"""Run `sam build`."""

import subprocess

from local.errors import SamError
from local.sam.command import ROOT, SAM, environ, log


def build() -> None:
    """Build functions and layer into .aws-sam, without Docker; what has not changed is taken from its cache."""
    path = log("build")
    with path.open("wb") as output:
        done = subprocess.run(  # noqa: S603 - our own command
            [SAM, "build"], cwd=ROOT, env=environ(), stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
        )
    if done.returncode:
        raise SamError(f"sam build failed; its log is {path}.")
