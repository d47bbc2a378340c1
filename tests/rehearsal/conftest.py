"""One emulator for all rehearsals, and the application as `sam build` and `sam package` make it."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.package.conftest import built, environment, sam
from tests.rehearsal.emulator import BUCKET, CREDENTIALS, ROOT, STUBS, Emulator, running

__all__ = ["built", "environment", "sam"]


def pytest_report_header() -> list[str]:
    kinds = sorted(set(re.findall(r'"((?:AWS|Custom)::[\w:]+)":', STUBS.read_text())))
    return ["Stubs, of which nothing is proven but the properties they are given:", *(f"  {kind}" for kind in kinds)]


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    if not list((ROOT / ".local" / "tools").glob("ministack-*")):
        reason = "ministack is not installed; `local/setup.sh ministack` installs it."
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    folder = ROOT / ".local" / "rehearsal"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        with running(folder) as emulator:
            yield emulator


@pytest.fixture(scope="session")
def packaged(built: Path, sam: str, environment: dict[str, str], emulator: Emulator) -> Path:
    """Return the template that `sam package` writes after it has uploaded the code and the nested templates."""
    file = emulator.folder / "packaged.yaml"
    command = [sam, "package", "--template-file", str(built / "template.yaml"), "--s3-bucket", BUCKET]
    command += ["--output-template-file", str(file), "--no-progressbar"]
    subprocess.run(command, env=environment | {"AWS_ENDPOINT_URL": emulator.url}, check=True, capture_output=True)  # noqa: S603
    return file


@pytest.fixture(scope="session")
def template_url(emulator: Emulator, packaged: Path) -> str:
    return emulator.upload(packaged)
