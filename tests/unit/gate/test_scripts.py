"""Every Lua file is one small operation that documents its keys and arguments."""

import re
from importlib import resources

import pytest

SCRIPTS = {
    file.name: file.read_text("utf-8")
    for file in resources.files("eventrush.gate").iterdir()
    if file.name.endswith(".lua")
}


def header(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if line.startswith("--"))


def code(source: str) -> str:
    return re.sub(r"--.*", "", source)


def test_the_package_contains_the_scripts() -> None:
    assert {"claim.lua", "confirm.lua", "configure.lua"} <= set(SCRIPTS)


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_header_documents_every_key_and_argument(name: str) -> None:
    used = set(re.findall(r"(?:KEYS|ARGV)\[\d+\]", code(SCRIPTS[name])))
    named = set(re.findall(r"(?:KEYS|ARGV)\[\d+\]", header(SCRIPTS[name])))
    assert used <= named
    assert "-- Returns" in header(SCRIPTS[name])


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_use_only_the_keys_passed_to_them(name: str) -> None:
    calls = re.findall(r"redis\.call\('\w+'\s*,\s*([^,)]+)", code(SCRIPTS[name]))
    assert calls, "a script calls Redis"
    assert {argument.strip() for argument in calls} <= {"KEYS[i]", *(f"KEYS[{number}]" for number in range(1, 7))}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_has_at_most_50_lines(name: str) -> None:
    assert len(SCRIPTS[name].splitlines()) <= 50
