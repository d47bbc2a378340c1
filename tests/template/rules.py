"""Decide a template's Rules as CloudFormation does before it makes anything."""

from collections.abc import Mapping
from typing import Any

from tests.template.deployment import Json


def refusals(template: Json, parameters: Mapping[str, str]) -> list[str]:
    """Give the sentences with which these parameters, over the defaults, are refused."""
    values = {name: str(parameter["Default"]) for name, parameter in template["Parameters"].items()} | dict(parameters)
    return [
        assertion["AssertDescription"]
        for rule in template["Rules"].values()
        for assertion in rule["Assertions"]
        if not _decide(assertion["Assert"], values)
    ]


def _decide(expression: Any, values: Mapping[str, str]) -> Any:
    if not isinstance(expression, dict):
        return str(expression)
    [(function, argument)] = expression.items()
    if function == "Ref":
        return values[argument]
    decided = [_decide(part, values) for part in argument]
    match function:
        case "Fn::Equals":
            return decided[0] == decided[1]
        case "Fn::Not":
            return not decided[0]
        case "Fn::And":
            return all(decided)
        case "Fn::Or":
            return any(decided)
    raise ValueError(f"Rules know no {function}.")
