"""The page that shows the API's contract, which `serve` has at /docs and no deployment has."""

from importlib.metadata import distribution
from pathlib import Path
from typing import Final

import yaml

from eventrush.errors import EventrushError

DOCUMENT: Final = Path(__file__).parents[1] / "docs" / "openapi.yaml"
_PAGE: Final = Path(__file__).parent / "swagger"


class DocumentError(EventrushError):
    """The contract cannot be read; the text says why in one sentence."""


def files(document: Path = DOCUMENT) -> dict[str, Path]:
    """Return the page's files by the paths of their URLs; raises `DocumentError`."""
    check(document)
    # Located, not imported: the package's code is for web frameworks.
    swagger_ui = Path(str(distribution("swagger-ui-py").locate_file("swagger_ui/static")))
    return {
        "/docs": _PAGE / "index.html",
        "/docs/": _PAGE,
        "/docs/openapi.yaml": document,
        **{f"/docs/{name}": swagger_ui / name for name in ("swagger-ui.css", "swagger-ui-bundle.js")},
    }


def check(document: Path) -> None:
    """Raise `DocumentError` for what no reader of OpenAPI 3.1 could take; the tests check everything else."""
    try:
        content = yaml.load(document.read_text("utf-8"), yaml.CSafeLoader)
    except FileNotFoundError:
        raise DocumentError(f"There is no {document}.") from None
    except UnicodeDecodeError:
        raise DocumentError(f"{document} is not UTF-8.") from None
    except yaml.YAMLError as error:
        raise DocumentError(f"{document} is not YAML: {' '.join(str(error).split())}.") from None
    if not isinstance(content, dict) or not str(content.get("openapi")).startswith("3.1"):
        raise DocumentError(f"{document} is not an OpenAPI 3.1 document.")
