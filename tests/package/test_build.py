"""What `sam build` makes is small, complete, and runs on both architectures."""

import os
import ssl
import subprocess
import sys
from pathlib import Path
from shutil import make_archive

import pytest

MB = 1_000_000
FUNCTIONS = ("JoinFunction", "PersistFunction", "ReconcileFunction", "AdminFunction", "MigrateFunction")
HANDLERS = ("join.handler", "persist.handler", "reconcile.handler", "admin.handler", "migrate.handler")


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


def test_scripts_statements_and_authorities_travel_along(built: Path) -> None:
    package = built / "EventrushLayer" / "python" / "eventrush"
    for pattern in ("gate/**/*.lua", "ledger/sql/migrations/*.sql", "ledger/rds-ca.pem"):
        assert list(package.glob(pattern)), pattern


def test_the_authorities_of_rds_can_be_loaded(built: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(built / "EventrushLayer" / "python" / "eventrush" / "ledger" / "rds-ca.pem")
    assert context.cert_store_stats()["x509_ca"] > 100  # three kinds of key in each of some forty regions


def test_what_lambda_has_is_not_packed(built: Path) -> None:
    packed = {path.name for path in (built / "EventrushLayer" / "python").iterdir()}
    assert packed & {"boto3", "botocore", "s3transfer", "click"} == set()


def test_cold_starts_compile_nothing(built: Path) -> None:
    site = built / "EventrushLayer" / "python"
    for source in (site / "eventrush").rglob("*.py"):
        assert list((source.parent / "__pycache__").glob(f"{source.stem}.*.pyc")), source


def test_local_tools_are_not_packed(built: Path) -> None:
    packed = {path.name for path in (built / "JoinFunction").iterdir()}
    assert packed == {"admin", "join", "migrate", "persist", "reconcile"}


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_handler_imports_with_the_layer_alone(built: Path, handler: str) -> None:
    path = os.pathsep.join([str(built / "JoinFunction"), str(built / "EventrushLayer" / "python")])
    # -S leaves this environment's own packages out; boto3, which Lambda would have, is imported when it is used only.
    command = [sys.executable, "-S", "-c", f"import {handler}"]
    subprocess.run(command, env={"PYTHONPATH": path, "POWERTOOLS_SERVICE_NAME": "x"}, check=True)  # noqa: S603 ourselves
