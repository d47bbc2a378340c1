"""The output of `sam build`, built once."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def sam() -> str:
    path = ROOT / ".local" / "bin" / "sam"
    if not path.exists():
        reason = "sam is not installed; `local/setup.sh sam` installs it."
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return str(path)


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """Return variables with invalid credentials and without telemetry."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "SAM_CLI_TELEMETRY": "0",
    }


@pytest.fixture(scope="session")
def built(sam: str, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("make") is None:
        pytest.fail("make is not installed; it builds the layer.")
    folder = tmp_path_factory.mktemp("build")
    command = [sam, "build", "--build-dir", str(folder)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)  # noqa: S603 our own sam
    return folder
