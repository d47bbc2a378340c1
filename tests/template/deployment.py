"""What would be deployed: template.yaml as the SAM translator turns it into CloudFormation, and the nested stacks."""

import copy
import json
from collections.abc import Mapping
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
    """The root as CloudFormation sees it, and what stands in infra/ by its file's name without .yaml."""

    root: Json
    nested: Mapping[str, Json]

    def named(self, logical_id: str) -> Json:
        """Give the properties of a resource of the root."""
        properties: Json = self.root["Resources"][logical_id].get("Properties", {})
        return properties

    def typed(self, kind: str) -> dict[str, Json]:
        """Give the resources of a type, wherever they are, as {"stack/LogicalId": resource}."""
        stacks = {"root": self.root, **self.nested}
        return {
            f"{stack}/{logical_id}": resource
            for stack, document in stacks.items()
            for logical_id, resource in document["Resources"].items()
            if resource["Type"] == kind
        }


@cache
def _parsed(path: Path) -> Json:
    document: Json = yaml_parse(path.read_text())
    return document


def sources() -> dict[str, Json]:
    """Read template.yaml (as `root`) and infra/*.yaml, each one's own to change."""
    files = {"root": ROOT / "template.yaml", **{file.stem: file for file in sorted((ROOT / "infra").glob("*.yaml"))}}
    return {name: copy.deepcopy(_parsed(file)) for name, file in files.items()}


def deployment(given: Sources, parameters: Mapping[str, str] | None = None) -> Deployment:
    """Translate with these parameters over the defaults; raises what the translator raises of a template it refuses."""
    root = copy.deepcopy(given["root"])
    for name, value in (parameters or {}).items():
        root["Parameters"][name]["Default"] = value
    # As after `sam build` and `sam package`: code is in a bucket.
    root["Globals"]["Function"]["CodeUri"] = "s3://packaged/functions"
    root["Resources"]["EventrushLayer"]["Properties"]["ContentUri"] = "s3://packaged/layer"
    for resource in root["Resources"].values():
        if resource["Type"] == "AWS::CloudFormation::Stack":
            file = resource["Properties"]["TemplateURL"]
            resource["Properties"]["TemplateURL"] = f"https://packaged.s3.amazonaws.com/{file}"
    return Deployment(transform(root, {}, _NoManagedPolicies()), {k: v for k, v in given.items() if k != "root"})


class _NoManagedPolicies:
    """The functions bring roles of their own, so no managed policy need be looked up."""

    def load(self) -> dict[str, str]:
        """Give no policy."""
        return {}


def as_text(document: Json) -> str:
    """Give a document as CloudFormation would take it."""
    return json.dumps(document, indent=1)
