"""The tables of docs/scale.md: every constant with its source, and what the command prints for the example."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from cli import output, plan
from cli.capacity_plan import BENCH, LIMITS, load_constants, make_plan
from cli.cost import PRICES

EXAMPLE: Final = (10_000, 20_000, 5)  # seats, attempts a second, minutes


def render_scale(page: str, figures: Mapping[str, Any]) -> str:
    """Return the page with the text of every marker written again from the figures, limits and prices."""
    constants = load_constants(figures)
    sections: dict[str, Callable[[Mapping[str, float]], str]] = {
        "measured": lambda k: _table((name, k[name], f"bench.json, {path}") for name, path in BENCH.items()),
        "limits": lambda _: _table((name, one["value"], _source(one)) for name, one in LIMITS.items()),
        "prices": lambda k: _table((name, k[name], PRICES["asOf"]) for name in PRICES if name in k),
        "example": _example,
    }

    def section(found: re.Match[str]) -> str:
        return f"<!-- plan:{found['name']} -->\n{sections[found['name']](constants)}\n<!-- /plan -->"

    return re.sub(r"<!-- plan:(?P<name>\w+) -->\n.*?<!-- /plan -->", section, page, flags=re.DOTALL)


def _source(limit: Mapping[str, Any]) -> str:
    source = limit["source"]
    if source.startswith("https"):
        return f"{source}, {limit['checked']}" if "checked" in limit else f"{source}, **unverified**"
    return str(source)


def _table(rows: Any) -> str:
    lines = [("constant", "value", "source"), ("---", "---:", "---")]
    lines += [(f"`{name}`", f"{value:.10f}".rstrip("0").rstrip("."), source) for name, value, source in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _example(constants: Mapping[str, float]) -> str:
    with output.console.capture() as printed:
        plan.show(make_plan(*EXAMPLE, constants))
    return "```\n" + "\n".join(line.rstrip() for line in printed.get().splitlines()) + "\n```"
