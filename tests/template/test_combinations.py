"""Each combination of parameters translates, and what it creates refers only to resources that it creates."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint

from local import cloudformation
from tests.template.deployment import Json, as_text, deployment, sources
from tests.template.parameters import COMBINATIONS, KAFKA, MYSQL, NETWORK, REDIS, Parameters, named

NEW = {"KafkaStack": "KafkaClusterArn", "RedisStack": "RedisUrl", "MysqlStack": "MysqlHost", "NetworkStack": "VpcId"}


def linted(document: Json) -> list[str]:
    matches = map(str, lint(as_text(document), config=ManualArgs(regions=["us-east-1"])))
    # SAM has put the value of this parameter in its place.
    return [match for match in matches if "Parameter Rollout not used" not in match]


@pytest.mark.parametrize("parameters", COMBINATIONS, ids=named)
def test_a_combination_is_valid_and_complete(parameters: Parameters, tmp_path: Path) -> None:
    root = deployment(sources(), parameters).root
    assert linted(root) == []
    (tmp_path / "translated.json").write_text(as_text(root))
    # With the conditions resolved, as CloudFormation would create it.
    created = cloudformation.load(tmp_path / "translated.json", {})["Resources"]
    assert {name: name in created for name in NEW} == {name: not parameters.get(given) for name, given in NEW.items()}
    assert ("TopicsStack" in created) == (parameters.get("CreateTopics") != "no")
    assert ("WarmJoin" in created) == ("WarmUpAt" in parameters)
    assert ("EndpointsStack" in created) == ("NetworkStack" in created)
    assert set(referred(created)) - created.keys() == set()
    assert authorizers(created["Api"]["Properties"]["Body"]) == ({"Token"} if "Identity" in parameters else set())


def authorizers(api: Json) -> set[str]:
    """Return the authorizers of the API, each of which a route uses."""
    declared = api.get("components", {}).get("securitySchemes", {}).keys()
    used = {
        name
        for path in api["paths"].values()
        for operation in path.values()
        for requirement in operation.get("security", ())
        for name in requirement
    }
    assert used == declared
    return used


def referred(created: dict[str, Any]) -> Iterator[str]:
    """Return the resources whose outputs and attributes are used (`!GetAtt` is resolved to `Name.Attribute`)."""
    yield from re.findall(r"\b(\w+)\.(?:Outputs\.\w+|Arn|Brokers)\b", json.dumps(created))


@pytest.mark.parametrize("name", [name for name in sources() if name != "root"])
def test_a_nested_stack_is_valid(name: str) -> None:
    assert linted(sources()[name]) == []


def nested(given: dict[str, Json]) -> dict[str, tuple[Json, Json]]:
    """Return for each nested stack of the root by logical id: the parameters it gets, and its template."""
    return {
        name: (resource["Properties"]["Parameters"], given[Path(resource["Properties"]["TemplateURL"]).stem])
        for name, resource in given["root"]["Resources"].items()
        if resource["Type"] == "AWS::CloudFormation::Stack"
    }


def test_each_nested_stack_gets_exactly_the_parameters_it_needs() -> None:
    for name, (passed, template) in nested(sources()).items():
        declared = template["Parameters"]
        assert passed.keys() <= declared.keys(), name
        assert {key for key, parameter in declared.items() if "Default" not in parameter} <= passed.keys(), name


def test_every_output_that_is_used_exists() -> None:
    given = sources()
    used = re.findall(r'"Fn::GetAtt": \["(\w+)", "Outputs\.(\w+)"', json.dumps(given["root"]))
    assert used
    for name, output in used:
        assert output in nested(given)[name][1]["Outputs"], f"{name}.{output}"


def test_outputs_of_data_stores_have_the_names_of_the_parameters_that_reuse_them() -> None:
    outputs = sources()["root"]["Outputs"]
    for given in (NETWORK, KAFKA, REDIS, MYSQL):
        assert given.keys() <= outputs.keys()
