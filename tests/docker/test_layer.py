"""The layer's libraries, compiled ones above all, can be imported in Lambda's image."""

import json
from pathlib import Path

import pytest

from local.sam import architecture
from tests.docker.terminal import Terminal

LIBRARIES = [
    "aws_lambda_powertools",
    "aws_msk_iam_sasl_signer",
    "confluent_kafka",
    "confluent_kafka.cimpl",
    "eventrush",
    "hiredis.hiredis",
    "pydantic_core._pydantic_core",
    "pymysql",
    "redis",
    "tenacity",
]


@pytest.mark.docker
def test_every_library_can_be_imported_in_the_lambda_image(terminal: Terminal, built: Path) -> None:
    assert built.exists()
    folder = terminal.checkout / "tests" / "docker" / "imports"
    (folder / "event.json").write_text(json.dumps(LIBRARIES))
    options = f"--template {folder}/template.yaml --parameter-overrides Architecture={architecture()}"
    line = f"sam local invoke Imports {options} --event {folder}/event.json --skip-pull-image"
    files = json.loads(terminal.run(line))
    assert list(files) == LIBRARIES
    assert {name for name, file in files.items() if not file.startswith("/opt/python/")} == set()
