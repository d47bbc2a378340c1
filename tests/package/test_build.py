"""The output of `sam build` is small and complete, and runs on both architectures."""

import os
import re
import ssl
import subprocess
import sys
from pathlib import Path
from shutil import make_archive

import pytest

MB = 1_000_000
FUNCTIONS = (
    "JoinFunction",
    "PersistFunction",
    "ReconcileFunction",
    "AdminFunction",
    "MigrateFunction",
    "PreflightFunction",
)
HANDLERS = ("join.handler", "persist.handler", "reconcile.handler", "admin.handler", "migrate.handler")
LAYER = Path(__file__).parents[2] / "layers" / "eventrush"
# Lambda's Python includes boto3 and its dependencies; click is for the signer's command line.
LEFT_OUT = {"boto3", "botocore", "s3transfer", "python-dateutil", "six", "urllib3", "click"}


def zipped_mb(folder: Path, tmp_path: Path) -> float:
    return Path(make_archive(str(tmp_path / folder.name), "zip", folder)).stat().st_size / MB


def test_the_layer_is_under_30_mb(built: Path, tmp_path: Path) -> None:
    assert 1 < zipped_mb(built / "EventrushLayer", tmp_path) < 30


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_under_1_mb(built: Path, tmp_path: Path, name: str) -> None:
    assert zipped_mb(built / name, tmp_path) < 1


def test_the_layer_serves_both_architectures(built: Path) -> None:
    compiled = {path.name for path in (built / "EventrushLayer" / "python").rglob("*.cpython-313-*.so")}
    for library in ("cimpl", "_pydantic_core"):
        assert f"{library}.cpython-313-x86_64-linux-gnu.so" in compiled
    assert {name.replace("x86_64", "aarch64") for name in compiled} == {name for name in compiled if "aarch64" in name}


def test_the_layer_includes_scripts_migrations_and_certificates(built: Path) -> None:
    package = built / "EventrushLayer" / "python" / "eventrush"
    for pattern in ("gate/**/*.lua", "ledger/sql/*.sql", "ledger/sql/migrations/*.sql", "ledger/rds-ca.pem"):
        assert list(package.glob(pattern)), pattern


def test_the_certificates_of_rds_can_be_loaded(built: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(built / "EventrushLayer" / "python" / "eventrush" / "ledger" / "rds-ca.pem")
    assert context.cert_store_stats()["x509_ca"] > 100  # three key types in each of about forty regions


def test_the_requirements_are_up_to_date(tmp_path: Path) -> None:
    exported = tmp_path / "requirements.txt"
    command = ["make", "-s", "-C", str(LAYER), "requirements", f"REQUIREMENTS={exported}"]
    subprocess.run(command, check=True)  # noqa: S603 our own Makefile
    assert (LAYER / "requirements.txt").read_text() == exported.read_text(), "Run `make requirements`."


def test_packages_of_lambdas_own_python_are_not_required() -> None:
    names = set(re.findall(r"^([\w.-]+)==", (LAYER / "requirements.txt").read_text(), re.MULTILINE))
    assert names & LEFT_OUT == set()
    assert {"redis", "confluent-kafka", "pymysql", "aws-lambda-powertools"} <= names


def test_packages_of_lambdas_own_python_are_not_packaged(built: Path) -> None:
    packaged = {path.name for path in (built / "EventrushLayer" / "python").iterdir()}
    assert packaged & {"boto3", "botocore", "s3transfer", "click"} == set()


def test_every_module_is_compiled(built: Path) -> None:
    site = built / "EventrushLayer" / "python"
    for source in (site / "eventrush").rglob("*.py"):
        assert list((source.parent / "__pycache__").glob(f"{source.stem}.*.pyc")), source


def test_local_tools_are_not_packaged(built: Path) -> None:
    packaged = {path.name for path in (built / "JoinFunction").iterdir()}
    assert packaged == {"admin", "join", "migrate", "persist", "reconcile"}


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_handler_imports_with_the_layer_alone(built: Path, handler: str) -> None:
    path = os.pathsep.join([str(built / "JoinFunction"), str(built / "EventrushLayer" / "python")])
    # -S leaves out this environment's packages. boto3, which Lambda provides, is imported only when it is used.
    command = [sys.executable, "-S", "-c", f"import {handler}"]
    subprocess.run(command, env={"PYTHONPATH": path, "POWERTOOLS_SERVICE_NAME": "x"}, check=True)  # noqa: S603 our own code
