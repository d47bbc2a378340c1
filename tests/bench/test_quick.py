"""`make bench-quick`: the ratios of a short run, none of which may be a third worse than the committed one."""

import json
from collections.abc import Callable
from functools import partial

import pytest

from tests.bench.invocation import ratios_to_ping
from tests.bench.load import ROOT, Figures, Meter, Subject, in_turns, ratios_to_raw

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

SECONDS = 2
WORSE = 4 / 3
AGAIN = 2


@pytest.mark.usefixtures("warm")
def test_no_request_costs_a_third_more_than_committed(subjects: dict[str, Subject], meter: Meter) -> None:
    """Ratios of processor time only, since everything else is the machine's."""
    measures = {name: partial(meter, subject, SECONDS) for name, subject in subjects.items()}
    _compare(lambda: ratios_to_raw(in_turns(measures)))


def test_no_invocation_costs_a_third_more_than_committed(measure_in_process: Callable[[], Figures]) -> None:
    """The same without HTTP."""
    _compare(lambda: ratios_to_ping(measure_in_process()))


def _compare(measure: Callable[[], dict[str, float]]) -> None:
    """Compare with the committed ratios; what looks worse is measured again, since other programs run too."""
    committed: Figures = json.loads((ROOT / "docs" / "bench.json").read_text())["ratios"]
    best = measure()
    for _ in range(AGAIN):
        if not _worse(best, committed):
            return
        best = {name: min(found, best[name]) for name, found in measure().items()}
    assert not _worse(best, committed), f"found {best}, committed {committed}"


def _worse(ratios: dict[str, float], committed: Figures) -> list[str]:
    return [name for name, found in ratios.items() if found > WORSE * committed[name]]
