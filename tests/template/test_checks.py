from tests.template.checks import faults
from tests.template.checks.alarms import ALARMS
from tests.template.deployment import ROOT, deployment, sources


def test_everything_that_matters_holds() -> None:
    assert faults(deployment(sources())) == []


def test_each_alarm_is_among_those_that_operations_explains() -> None:
    explained = (ROOT / "docs" / "operations.md").read_text()
    assert {name for name in ALARMS if name.rstrip("012") not in explained} == set()
