"""Functions that do what a test needs, and the template that declares them."""

from pathlib import Path
from typing import Final

TEMPLATE: Final = Path(__file__).with_name("template.yaml")
