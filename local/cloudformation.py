"""Read a CloudFormation template and resolve its intrinsic functions, as far as values are known before a deployment.

A resource has no id and no attributes here: `!Ref` gives its logical name, `!GetAtt` gives `Name.Attribute`. What
another stack exports or a secret contains stays as it is written.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from local.exceptions import TemplateError
from local.function import ACCOUNT, REGION

_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": "local",
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/local/local",
    "AWS::URLSuffix": "amazonaws.com",
}
_NOTHING = object()


class _Loader(yaml.CSafeLoader):
    """A safe loader that knows the short forms: `!Sub x` is read as `{"Fn::Sub": "x"}`."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any = node.value  # a scalar's text
    if isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)


def load(path: Path, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return the template with every intrinsic resolved, without resources whose condition is false.

    `parameters` override defaults. Raises TemplateError for a file that is no template.
    """
    try:
        raw = yaml.load(path.read_text(), _Loader)  # noqa: S506 - a safe loader
    except (OSError, yaml.YAMLError) as error:
        raise TemplateError(f"{path} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(raw, dict) or "Resources" not in raw:
        raise TemplateError(f"{path} has no Resources.")
    resolver = _Resolver(raw, parameters)
    kept = {
        name: resource
        for name, resource in raw["Resources"].items()
        if "Condition" not in resource or resolver.condition(resource["Condition"])
    }
    return dict(resolver.resolve({"Globals": raw.get("Globals", {}), "Resources": kept}))


class _Resolver:
    def __init__(self, raw: Mapping[str, Any], parameters: Mapping[str, str]) -> None:
        declared = raw.get("Parameters", {})
        unknown = sorted(parameters.keys() - declared.keys())
        if unknown:
            raise TemplateError(f"The template has no parameter {unknown[0]}.")
        self._values: dict[str, Any] = {
            **_PSEUDO,
            "AWS::NoValue": _NOTHING,
            **{name: _default(name, parameter) for name, parameter in declared.items()},
            **parameters,
        }
        self._conditions = raw.get("Conditions", {})
        self._mappings = raw.get("Mappings", {})
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": lambda name: self._values.get(name, name),
            "Condition": self.condition,
            "Fn::Sub": self._sub,
            "Fn::GetAtt": ".".join,
            "Fn::If": lambda value: self.resolve(value[1] if self.condition(value[0]) else value[2]),
            "Fn::Equals": lambda value: str(self.resolve(value[0])) == str(self.resolve(value[1])),
            "Fn::Not": lambda value: not self.resolve(value[0]),
            "Fn::And": lambda value: all(self.resolve(value)),
            "Fn::Or": lambda value: any(self.resolve(value)),
            "Fn::Join": lambda value: value[0].join(map(str, self.resolve(value[1]))),
            "Fn::Split": lambda value: str(self.resolve(value[1])).split(value[0]),
            "Fn::Select": lambda value: self.resolve(value[1])[int(value[0])],
            "Fn::FindInMap": self._find_in_map,
        }

    def condition(self, name: str) -> bool:
        return bool(self.resolve(self._conditions[name]))

    def resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not _NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(key, argument)] = value.items()
            if key in self._functions and not (key == "Condition" and isinstance(argument, dict)):
                return self._functions[key](argument)
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not _NOTHING}

    def _sub(self, argument: str | list[Any]) -> str:
        text, own = (argument, {}) if isinstance(argument, str) else (argument[0], self.resolve(argument[1]))
        names = {**self._values, **own}
        filled = re.sub(r"\$\{([^!}][^}]*)\}", lambda match: str(names.get(match[1], match[1])), text)
        return filled.replace("${!", "${")

    def _find_in_map(self, argument: list[Any]) -> Any:
        name, first, second = (self.resolve(part) for part in argument[:3])
        return self._mappings[name][first][second]


def _default(name: str, parameter: Mapping[str, Any]) -> Any:
    default = parameter.get("Default", name)
    return default.split(",") if isinstance(default, str) and "List" in parameter["Type"] else default
