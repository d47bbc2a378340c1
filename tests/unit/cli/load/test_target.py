import pytest

from cli.load.target import TargetError, loopback


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://127.9.9.9:3000/base/", "http://127.9.9.9:3000/base"),
        ("http://localhost:3000/", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_this_machine_is_rushed(given: str, url: str) -> None:
    assert loopback(given) == url


@pytest.mark.parametrize(
    "given",
    [
        "http://example.com",
        "http://10.0.0.1:3000",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://127.0.0.1@example.com",
        "ftp://127.0.0.1",
        "127.0.0.1:3000",
        "http://",
        "http://127.0.0.1:99999",
        "",
    ],
)
def test_nothing_else_is_rushed(given: str) -> None:
    with pytest.raises(TargetError, match=r"^--url: .*\.$"):
        loopback(given)
