"""`make bench-quick`: the ratios of a short run, none of which may be a third worse than the committed one."""

import json
from functools import partial

import pytest

from tests.bench.invocation import ratios_to_ping
from tests.bench.load import ROOT, Figures, Meter, Subject, in_turns, ratios_to_raw

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

SECONDS = 2
WORSE = 4 / 3


@pytest.mark.usefixtures("warm")
def test_no_request_costs_a_third_more_than_committed(subjects: dict[str, Subject], meter: Meter) -> None:
    """Ratios of processor time only, since everything else is the machine's."""
    _compare(ratios_to_raw(in_turns({name: partial(meter, subject, SECONDS) for name, subject in subjects.items()})))


def test_no_invocation_costs_a_third_more_than_committed(in_process: Figures) -> None:
    """The same without HTTP."""
    _compare(ratios_to_ping(in_process))


def _compare(ratios: dict[str, float]) -> None:
    committed: Figures = json.loads((ROOT / "docs" / "bench.json").read_text())["ratios"]
    worse = {name: (found, committed[name]) for name, found in ratios.items() if found > WORSE * committed[name]}
    assert not worse, f"found, committed: {worse}; all found: {ratios}"
