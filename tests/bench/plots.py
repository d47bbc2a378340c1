"""Draw docs/*.svg, write the tables of docs/performance.md and docs/scale.md: `python -m tests.bench.plots`.

The figures are build/bench.json's, which becomes docs/bench.json, or docs/bench.json's where nothing was measured here.
"""

import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.bench.page import DESIGNS, SITUATIONS, SUBJECTS, render
from tests.bench.scale_page import render_scale

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GREY, BLUE, GREEN = "#9aa0a6", "#2f6fde", "#2e9e5b"
COLOURS = {"eventrush": GREEN, "original": BLUE, "mysqlAlone": GREY}

# The same figures give the same bytes.
mpl.rcParams |= {"svg.hashsalt": "eventrush", "font.size": 10, "axes.spines.top": False, "axes.spines.right": False}


def main() -> None:
    """Draw the plots and write the tables."""
    measured, committed, page = ROOT / "build" / "bench.json", DOCS / "bench.json", DOCS / "performance.md"
    if measured.exists():
        committed.write_text(measured.read_text())
    figures = json.loads(committed.read_text())
    _save(_throughput(figures["throughput"]), "throughput")
    _save(_designs(figures["designs"]), "designs")
    page.write_text(render(page.read_text(), figures))
    scale = DOCS / "scale.md"
    scale.write_text(render_scale(scale.read_text(), figures))


def _throughput(subjects: dict[str, Any]) -> Figure:
    figure = Figure(figsize=(7.5, 2.6), layout="constrained")
    speed, cost = figure.subplots(1, 2, sharey=True)
    names = [SUBJECTS[name] for name in reversed(SUBJECTS)]
    _bars(speed, names, [subjects[name]["requestsPerS"] for name in reversed(SUBJECTS)], "requests a second", BLUE)
    _bars(cost, names, [subjects[name]["serviceUs"] for name in reversed(SUBJECTS)], "µs of the API a request", GREEN)
    return figure


def _bars(axes: Axes, names: list[str], values: list[float], label: str, colour: str) -> None:
    bars = axes.barh(names, values, color=colour)
    axes.bar_label(bars, [f"{value:,.0f}" for value in values], padding=4, fontsize=8)
    axes.set_xlabel(label)
    axes.margins(x=0.2)


def _designs(situations: dict[str, Any]) -> Figure:
    figure = Figure(figsize=(7.5, 2.8), layout="constrained")
    for axes, (situation, title) in zip(figure.subplots(1, 2), SITUATIONS.items(), strict=True):
        found = situations[situation]
        for place, (design, label) in enumerate(DESIGNS.items()):
            xs = [number + (place - 1) * 0.27 for number in range(len(found))]
            values = [one[design]["requestsPerS"] for one in found.values()]
            axes.bar(
                xs, values, 0.27, color=COLOURS[design], label=label if axes.get_subplotspec().is_first_col() else None
            )
        axes.set_xticks(range(len(found)), list(found))
        axes.set_xlabel(f"clients, {title}")
    figure.axes[0].set_ylabel("requests a second")
    figure.legend(loc="outside upper center", ncols=3, frameon=False)
    return figure


def _save(figure: Figure, name: str) -> None:
    figure.savefig(DOCS / f"{name}.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
