"""`make bench-quick`: the ratios of a short run, none of which may be a third worse than the committed one."""

import json
from functools import partial

import pytest

from tests.bench.invocation import ratios_to_ping
from tests.bench.load import ROOT, Figures, Meter, Subject, in_turns, ratios_to_raw

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

SECONDS = 2
WARM_S = 3
WORSE = 4 / 3


def test_no_ratio_is_a_third_worse_than_the_committed_one(
    in_process: Figures, subjects: dict[str, Subject], meter: Meter
) -> None:
    """Ratios of processor time only, since everything else is the machine's."""
    committed: Figures = json.loads((ROOT / "docs" / "bench.json").read_text())["ratios"]
    for subject in subjects.values():
        meter(subject, WARM_S)
    rounds = in_turns({name: partial(meter, subject, SECONDS) for name, subject in subjects.items()})
    ratios = ratios_to_raw(rounds) | ratios_to_ping(in_process)
    worse = {name: (found, committed[name]) for name, found in ratios.items() if found > WORSE * committed[name]}
    assert not worse, f"found, committed: {worse}; all found: {ratios}"
