"""Templates are read as CloudFormation would, as far as that goes without an account."""

from pathlib import Path
from typing import Any

import pytest

from local import cloudformation
from local.exceptions import TemplateError

TEMPLATE = """
Parameters:
  Stage: {Type: String, Default: dev}
  Size: {Type: Number, Default: 3}
  Names: {Type: CommaDelimitedList, Default: "a,b"}
  Bare: {Type: String}
Mappings:
  Sizes: {dev: {small: 1}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Not [!Condition IsProd]
  Both: !And [!Condition IsDev, !Equals [1, 1]]
  Any: !Or [!Condition IsProd, !Condition IsDev]
Resources:
  Thing:
    Type: T
    Properties: {Value: %s}
  Gone:
    Type: T
    Condition: IsProd
"""


def value(tmp_path: Path, text: str, **parameters: str) -> Any:
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE % text)
    return cloudformation.load(path, parameters)["Resources"]["Thing"]["Properties"].get("Value", "absent")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("!Ref Stage", "dev"),
        ("!Ref Size", 3),
        ("!Ref Names", ["a", "b"]),
        ("!Ref Bare", "Bare"),
        ("!Ref Thing", "Thing"),
        ("!Ref AWS::Region", "us-east-1"),
        ("!Ref AWS::NoValue", "absent"),
        ("[1, !Ref AWS::NoValue]", [1]),
        ("!GetAtt Thing.Arn", "Thing.Arn"),
        ("!GetAtt [Thing, Arn]", "Thing.Arn"),
        ('!Sub "${Stage}-${Thing.Arn}-${!kept}"', "dev-Thing.Arn-${kept}"),
        ("!Sub ['${A}-${Stage}', {A: !Ref Size}]", "3-dev"),
        ("!Join ['-', [!Ref Stage, x]]", "dev-x"),
        ("!Select [1, !Split [',', 'a,b']]", "b"),
        ("!FindInMap [Sizes, !Ref Stage, small]", 1),
        ("!If [IsProd, 1, 2]", 2),
        ("!If [Both, {a: !Ref Size}, 2]", {"a": 3}),
        ("!If [Any, 1, 2]", 1),
        ("{'Fn::Sub': '${Stage}'}", "dev"),
        ("!ImportValue other", {"Fn::ImportValue": "other"}),
    ],
)
def test_intrinsics(tmp_path: Path, text: str, expected: object) -> None:
    assert value(tmp_path, text) == expected


def test_parameters_override_defaults_and_conditions_follow(tmp_path: Path) -> None:
    assert value(tmp_path, "!If [IsProd, !Ref Stage, no]", Stage="prod") == "prod"


def test_resources_with_a_false_condition_are_gone(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE % "1")
    assert "Gone" not in cloudformation.load(path, {})["Resources"]
    assert "Gone" in cloudformation.load(path, {"Stage": "prod"})["Resources"]


def test_an_unknown_parameter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"^The template has no parameter Stagw\.$"):
        value(tmp_path, "1", Stagw="prod")


@pytest.mark.parametrize("text", ["a: [", "- 1", "Parameters: {}", "!!python/object/apply:os.getcwd []"])
def test_what_is_no_template_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(text)
    with pytest.raises(TemplateError, match=str(path)):
        cloudformation.load(path, {})


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="cannot be read"):
        cloudformation.load(tmp_path / "none.yaml", {})
