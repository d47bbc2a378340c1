"""What TLC prints, read."""

from spec.tlc_output import TlcOutput


def read(*lines: str) -> TlcOutput:
    output = TlcOutput()
    for line in lines:
        output.read_line(line)
    return output


def message(number: int, *lines: str, severity: int = 0) -> tuple[str, ...]:
    return f"@!@!@STARTMSG {number}:{severity} @!@!@", *lines, f"@!@!@ENDMSG {number} @!@!@"


def test_progress_is_counted() -> None:
    text = (
        "Progress(23) at 2026-11-24 06:58:29: 541,356 states generated (538,923 s/min), "
        "140,516 distinct states found (139,459 ds/min), 32,289 states left on queue."
    )
    result = read(*message(2200, text)).result
    assert (result.generated, result.distinct, result.queued, result.depth) == (541_356, 140_516, 32_289, 23)
    assert not result.complete


def test_a_run_that_ended_early_failed_with_tlcs_first_error() -> None:
    output = read(*message(1000, "Out of\nmemory.", severity=1), *message(1001, "Then this.", severity=1))
    assert output.failure(1) == "TLC could not check the model (exit status 1): Out of memory."


def test_a_run_that_said_nothing_failed() -> None:
    assert read().failure(-9) == "TLC could not check the model (exit status -9): no message"


def test_what_java_says_outside_of_messages_is_the_reason_where_there_is_no_other() -> None:
    assert read("Error: Invalid maximum heap size").failure(1) == (
        "TLC could not check the model (exit status 1): Error: Invalid maximum heap size"
    )
