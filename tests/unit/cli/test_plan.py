"""`eventrush plan` prints what docs/scale.md shows, and refuses with one sentence what cannot be planned."""

import json
from pathlib import Path

import pytest

from cli.main import run
from tests.bench.scale_page import EXAMPLE, render_scale

DOCS = Path(__file__).parents[3] / "docs"


def words(capacity: object, attempts_per_s: object, minutes: object = 5) -> list[str]:
    return [
        "plan", "--capacity", str(capacity), "--attempts-per-second", str(attempts_per_s), "--minutes", str(minutes),
    ]  # fmt: skip


def test_the_page_has_the_constants_and_the_example_of_today() -> None:
    page = (DOCS / "scale.md").read_text()
    assert render_scale(page, json.loads((DOCS / "bench.json").read_text())) == page, "run make plots"
    assert page.count("<!-- plan:") == page.count("<!-- /plan -->") == 4


def test_the_page_shows_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    page = (DOCS / "scale.md").read_text()
    assert f"    eventrush {' '.join(words(*EXAMPLE))}\n" in page
    assert run(words(*EXAMPLE)) == 0
    shown = "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines())
    assert f"```\n{shown}\n```" in page


def test_a_program_gets_the_same_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*words(*EXAMPLE), "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["environments"]["environments"] == 2000
    assert {row["quota"]: row["newAccount"] for row in plan["quotas"]}["Lambda concurrency"] == 10
    assert not [name for part in plan.values() if isinstance(part, dict) for name in part if "_" in name]


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        (words(0, 100), 2, "--capacity"),
        (words(-1, 100), 2, "--capacity"),
        (words("many", 100), 2, "--capacity"),
        (words(10_000_001, 100_000), 2, "--capacity"),
        (words(1, 0), 2, "--attempts-per-second"),
        (words(1, -5), 2, "--attempts-per-second"),
        (words(1, 1_000_001), 2, "--attempts-per-second"),
        (words(1, "1.5"), 2, "--attempts-per-second"),
        (words(1, 1, 0), 2, "--minutes"),
        (words(1, 1, 1441), 2, "--minutes"),
        (words(61, 1, 1), 2, "61 seats are more than the 60 attempts"),
        (["plan", "--capacity", "1"], 2, "--attempts-per-second"),
        (words(1_000_000, 40_000), 3, "One Redis shard decides every claim of an event"),
        (words(1, 150_000), 3, "every environment asks the gate at once"),
    ],
    ids=lambda value: " ".join(value[1:]) if isinstance(value, list) else "",
)
def test_what_cannot_be_planned_is_said_in_a_sentence(
    given: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(given) == status
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert captured.err.count("\n") == 1
