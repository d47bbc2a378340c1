"""The sam command that local/setup.sh installs, and what it must be told on any machine."""

import os
import platform
from pathlib import Path

from local.template import PATH

ROOT = PATH.parent
SAM = ROOT / ".local" / "bin" / "sam"
LOGS = ROOT / ".local" / "sam"


def architecture() -> str:
    """Return Lambda's name of this machine's architecture: containers of the other one would be emulated."""
    return "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


def lambda_image() -> str:
    """Return the image that SAM runs the functions in."""
    return f"public.ecr.aws/lambda/python:3.13-{architecture()}"


def environ() -> dict[str, str]:
    """Return this process's variables without an AWS account and without telemetry: nothing here leaves the machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0"}


def log(name: str) -> Path:
    """Return the log of one part, in a folder that exists."""
    LOGS.mkdir(parents=True, exist_ok=True)
    return LOGS / f"{name}.log"
