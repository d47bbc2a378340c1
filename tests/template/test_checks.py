from tests.template.checks import faults
from tests.template.deployment import deployment, sources


def test_everything_that_matters_holds() -> None:
    assert faults(deployment(sources())) == []
