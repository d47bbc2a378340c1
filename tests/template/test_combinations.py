"""Each way of deploying translates, and what it makes refers to nothing that it does not make."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint

from local import cloudformation
from tests.template.deployment import as_text, deployment, sources
from tests.template.parameters import COMBINATIONS, KAFKA, MYSQL, NETWORK, REDIS, Parameters, named

NEW = {"KafkaStack": "KafkaClusterArn", "RedisStack": "RedisUrl", "MysqlStack": "MysqlHost", "NetworkStack": "VpcId"}


@pytest.mark.parametrize("parameters", COMBINATIONS, ids=named)
def test_a_combination_translates_lints_and_is_whole(parameters: Parameters, tmp_path: Path) -> None:
    text = as_text(deployment(sources(), parameters).root)
    assert [str(fault) for fault in lint(text, config=ManualArgs(regions=["us-east-1"]))] == []
    (tmp_path / "translated.json").write_text(text)
    # What these answers leave of the conditions is what CloudFormation would make.
    made = cloudformation.load(tmp_path / "translated.json", {})["Resources"]
    assert {name: name in made for name in NEW} == {name: not parameters.get(given) for name, given in NEW.items()}
    assert ("TopicsStack" in made) == (parameters.get("CreateTopics") != "no")
    assert ("WarmJoin" in made) == ("WarmUpAt" in parameters)
    assert ("EndpointsStack" in made) == ("NetworkStack" in made)
    assert set(referred(made)) - made.keys() == set()


def referred(made: dict[str, Any]) -> Iterator[str]:
    """Name the resources whose outputs and attributes are asked for (`!GetAtt` is resolved to `Name.Attribute`)."""
    yield from re.findall(r"\b(\w+)\.(?:Outputs\.\w+|Arn|Brokers)\b", json.dumps(made))


@pytest.mark.parametrize("name", [name for name in sources() if name != "root"])
def test_a_nested_stack_lints(name: str) -> None:
    assert [str(fault) for fault in lint(as_text(sources()[name]), config=ManualArgs(regions=["us-east-1"]))] == []


def test_each_nested_stack_gets_what_it_asks_for_and_nothing_else() -> None:
    given = sources()
    for name, resource in given["root"]["Resources"].items():
        if resource["Type"] != "AWS::CloudFormation::Stack":
            continue
        stack = Path(resource["Properties"]["TemplateURL"]).stem
        declared = given[stack]["Parameters"]
        passed = resource["Properties"]["Parameters"].keys()
        assert passed <= declared.keys(), name
        assert {key for key, parameter in declared.items() if "Default" not in parameter} <= passed, name


def test_every_output_that_is_asked_for_exists() -> None:
    given = sources()
    stacks = {
        name: given[Path(resource["Properties"]["TemplateURL"]).stem]
        for name, resource in given["root"]["Resources"].items()
        if resource["Type"] == "AWS::CloudFormation::Stack"
    }
    asked = re.findall(r'"Fn::GetAtt": \["(\w+)", "Outputs\.(\w+)"', json.dumps(given["root"]))
    assert asked
    for name, output in asked:
        assert output in stacks[name]["Outputs"], f"{name}.{output}"


def test_what_holds_data_is_told_by_the_names_of_the_parameters_that_give_it() -> None:
    outputs = sources()["root"]["Outputs"]
    for given in (NETWORK, KAFKA, REDIS, MYSQL):
        assert given.keys() <= outputs.keys()
