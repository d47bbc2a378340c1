"""The deployed templates: template.yaml as the SAM translator turns it into CloudFormation, and the nested stacks."""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]

type Json = dict[str, Any]
type Sources = Mapping[str, Json]


@dataclass(frozen=True)
class Deployment:
    """The translated root template, and the templates in infra/ by file name without .yaml."""

    root: Json
    nested: Mapping[str, Json]

    def properties(self, logical_id: str) -> Json:
        """Return the properties of a resource of the root."""
        properties: Json = self.root["Resources"][logical_id].get("Properties", {})
        return properties

    def of_type(self, kind: str) -> dict[str, Json]:
        """Return the resources of a type in all stacks by logical id; raise ValueError if two share one."""
        found = [
            (logical_id, resource)
            for document in (self.root, *self.nested.values())
            for logical_id, resource in document["Resources"].items()
            if resource["Type"] == kind
        ]
        if len(dict(found)) < len(found):
            raise ValueError(f"Two resources of type {kind} have the same logical id.")
        return dict(found)

    def functions(self) -> dict[str, Json]:
        """Return the properties of each function by logical id."""
        return {name: function["Properties"] for name, function in self.of_type("AWS::Lambda::Function").items()}


@cache
def _parsed(path: Path) -> Json:
    document: Json = yaml_parse(path.read_text())
    return document


def sources() -> dict[str, Json]:
    """Return copies of template.yaml (as `root`) and infra/*.yaml, which the caller may change."""
    files = {"root": ROOT / "template.yaml", **{file.stem: file for file in sorted((ROOT / "infra").glob("*.yaml"))}}
    return {name: copy.deepcopy(_parsed(file)) for name, file in files.items()}


def deployment(given: Sources, parameters: Mapping[str, str] | None = None) -> Deployment:
    """Translate the root with these parameters over the defaults; raise the translator's error if it is invalid."""
    root = copy.deepcopy(given["root"])
    for name, value in (parameters or {}).items():
        root["Parameters"][name]["Default"] = value
    # As after `sam build` and `sam package`: the code is in a bucket.
    root["Globals"]["Function"]["CodeUri"] = "s3://packaged/functions"
    root["Resources"]["EventrushLayer"]["Properties"]["ContentUri"] = "s3://packaged/layer"
    for resource in root["Resources"].values():
        if resource["Type"] == "AWS::CloudFormation::Stack":
            file = resource["Properties"]["TemplateURL"]
            resource["Properties"]["TemplateURL"] = f"https://packaged.s3.amazonaws.com/{file}"
    return Deployment(transform(root, {}, _NoManagedPolicies()), {k: v for k, v in given.items() if k != "root"})


class _NoManagedPolicies:
    """The functions have their own roles, so the translator needs no managed policies."""

    def load(self) -> dict[str, str]:
        """Return no policies."""
        return {}


def as_text(document: Json) -> str:
    """Return a document as the JSON that CloudFormation accepts."""
    return json.dumps(document, indent=1)


def sized(name: str) -> Json:
    """Return the value of a parameter that Size sets where it is not given."""
    return {"Fn::If": [f"Has{name}", {"Ref": name}, {"Fn::FindInMap": ["Sizes", {"Ref": "Size"}, name]}]}


def at(document: Any, path: str) -> Any:
    """Return the value at a dotted path, or None if there is none."""
    for step in path.split("."):
        if isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        elif isinstance(document, dict) and step in document:
            document = document[step]
        else:
            return None
    return document


def expect(where: str, document: Any, expected: Mapping[str, Any]) -> Iterator[str]:
    """Report each dotted path of `expected` whose value in the document is another or missing."""
    for path, value in expected.items():
        found = at(document, path)
        if found != value:
            yield f"{where}: {path} is {found!r}, not {value!r}."
