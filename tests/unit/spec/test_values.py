"""Values as TLC prints them."""

import pytest

from spec.values import parse_state, parse_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-1", -1),
        ("TRUE", True),
        ('"open"', "open"),
        ("u1", "u1"),
        ("{}", []),
        ("<<>>", []),
        ("{u1, u2}", ["u1", "u2"]),
        ('[seat |-> 1, state |-> "open"]', {"seat": 1, "state": "open"}),
        ("(u1 :> <<>> @@ u2 :> <<[seat |-> 1]>>)", {"u1": [], "u2": [{"seat": 1}]}),
        (
            "[ entries |->\n      (u1 :> [seat |-> 0] ),\n  pending |-> {} ]",
            {"entries": {"u1": {"seat": 0}}, "pending": []},
        ),
    ],
)
def test_a_value_is_read(text: str, value: object) -> None:
    assert parse_value(text) == value


@pytest.mark.parametrize("text", ["", "1 2", "{1"])
def test_what_is_no_value_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"ends before|goes on after"):
        parse_value(text)


def test_a_state_of_several_variables_is_read() -> None:
    text = "/\\ wire = {[seat |-> 1,\n  late |-> FALSE]}\n/\\ ledgerEpoch = 2\n"
    assert parse_state(text) == {"wire": [{"seat": 1, "late": False}], "ledgerEpoch": 2}


def test_a_state_of_one_variable_is_read() -> None:
    assert parse_state("count = 4\n") == {"count": 4}
