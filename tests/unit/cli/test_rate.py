"""A rate is given with its unit, so that nobody means requests per minute."""

import pytest
import typer

from cli.event_commands import _rate


def test_a_rate_is_requests_per_second() -> None:
    assert _rate("2000/s") == 2000


@pytest.mark.parametrize("text", ["2000", "2000/m", "/s", "-1/s", "2e3/s", "2000 /s"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="2000/s"):
        _rate(text)
