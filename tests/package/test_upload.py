"""`sam package` uploads everything and leaves no local path. moto cannot show what AWS creates from it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer
from samtranslator.yaml_helper import yaml_parse

BUCKET = "packaged"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> Iterator[str]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    server = ThreadedMotoServer("localhost", 0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    endpoint = f"http://localhost:{port}"
    boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket=BUCKET)
    yield endpoint
    server.stop()


def test_everything_is_uploaded(built: Path, sam: str, s3: str, environment: dict[str, str], tmp_path: Path) -> None:
    packaged = tmp_path / "packaged.yaml"
    command = [sam, "package", "--template-file", str(built / "template.yaml"), "--s3-bucket", BUCKET]
    command += ["--output-template-file", str(packaged), "--no-progressbar"]
    subprocess.run(command, env=environment | {"AWS_ENDPOINT_URL": s3}, check=True, capture_output=True)  # noqa: S603
    resources = yaml_parse(packaged.read_text())["Resources"].values()
    properties = [resource["Properties"] for resource in resources if "Properties" in resource]
    locations = [given[key] for given in properties for key in ("CodeUri", "ContentUri", "TemplateURL") if key in given]
    assert len(locations) == 18  # six functions, one layer, eleven nested stacks
    uploaded = {item["Key"] for item in boto3.client("s3", endpoint_url=s3).list_objects_v2(Bucket=BUCKET)["Contents"]}
    assert {location.rsplit("/", 1)[1] for location in locations} == uploaded
