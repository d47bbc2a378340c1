"""docs/settings.md names every setting, with the default that the code has."""

import re
from enum import Enum
from pathlib import Path

from pydantic_core import PydanticUndefined

from eventrush.settings import EventSettings, GateSettings, LedgerSettings, StreamSettings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def written(default: object) -> str:
    """Write a default as the page does."""
    if default is PydanticUndefined:
        return "required"
    if default is None or default == "":
        return ""
    return f"`{default.value if isinstance(default, Enum) else default}`"


def test_the_page_has_every_setting_with_its_default() -> None:
    models = (GateSettings, StreamSettings, LedgerSettings, EventSettings)
    code = {str(field.alias): written(field.default) for model in models for field in model.model_fields.values()}
    page = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]*?) ?\|", PAGE.read_text(), re.MULTILINE))
    assert page == code
