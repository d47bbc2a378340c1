"""The page of the contract has everything it loads, and a broken contract is told in one sentence."""

import re
from pathlib import Path

import pytest

from cli import api_page
from cli.api_page import DocumentError


def test_the_page_loads_only_what_is_served_with_it() -> None:
    files = api_page.files()
    page = files["/docs"].read_text("utf-8")
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert {"/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/docs/openapi.yaml"} <= {*loaded}
    for url in loaded:
        name = url.removeprefix("/docs/")
        assert url == "data:," or url in files or (files["/docs/"] / name).is_file(), url
    assert "<script>" not in page


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "There is no {}."),
        (b"\xff", "{} is not UTF-8."),
        (b"a: [", "{} is not YAML: "),
        (b"- 3", "{} is not an OpenAPI 3.1 document."),
        (b"openapi: 3.0.1", "{} is not an OpenAPI 3.1 document."),
    ],
)
def test_a_broken_document_is_told_in_one_sentence(content: bytes | None, sentence: str, tmp_path: Path) -> None:
    document = tmp_path / "openapi.yaml"
    if content is not None:
        document.write_bytes(content)
    with pytest.raises(DocumentError) as raised:
        api_page.files(document)
    assert str(raised.value).startswith(sentence.format(document))
    assert "\n" not in str(raised.value)
    assert str(raised.value).endswith(".")
