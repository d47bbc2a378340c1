"""layers/eventrush/requirements.txt is what uv.lock says runs in Lambda."""

import re
import subprocess
from pathlib import Path

from tests.template.deployment import ROOT

LAYER = ROOT / "layers" / "eventrush"
# Lambda's Python has boto3 and what it brings; click is for the signer's command line.
LEFT_OUT = {"boto3", "botocore", "s3transfer", "python-dateutil", "six", "urllib3", "click"}


def test_the_requirements_are_not_stale(tmp_path: Path) -> None:
    exported = tmp_path / "requirements.txt"
    command = ["make", "-s", "-C", str(LAYER), "requirements", f"REQUIREMENTS={exported}"]
    subprocess.run(command, check=True)  # noqa: S603 our own Makefile
    assert (LAYER / "requirements.txt").read_text() == exported.read_text(), "Run `make requirements`."


def test_what_lambda_has_is_left_out() -> None:
    names = set(re.findall(r"^([\w.-]+)==", (LAYER / "requirements.txt").read_text(), re.MULTILINE))
    assert names & LEFT_OUT == set()
    assert {"redis", "confluent-kafka", "pymysql", "aws-lambda-powertools"} <= names
