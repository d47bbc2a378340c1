"""Draw docs/*.svg from build/bench.json: `python -m tests.bench.plots`."""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

ROOT = Path(__file__).parents[2]
GREY, BLUE, GREEN = "#9aa0a6", "#2f6fde", "#2e9e5b"
KINDS = {
    "idle": ("a handler that does nothing", GREY),
    "soldOut": ("sold out", BLUE),
    "everyoneWins": ("everyone wins", GREEN),
}

# The same figures give the same bytes.
mpl.rcParams |= {"svg.hashsalt": "eventrush", "font.size": 10, "axes.spines.top": False, "axes.spines.right": False}


def main() -> None:
    """Draw both plots."""
    source, folder = ROOT / "build" / "bench.json", ROOT / "docs"
    if not source.exists():
        sys.exit("There is no build/bench.json; `make bench` measures it.")
    figures = json.loads(source.read_text())
    _save(_throughput(figures["rounds"]), folder / "throughput.svg")
    _save(_ledger(figures), folder / "ledger.svg")


def _throughput(rounds: list[dict[str, Any]]) -> Figure:
    figure = Figure(figsize=(7, 3.2), layout="constrained")
    axes: Axes = figure.subplots()
    width = 0.27
    for place, (kind, (label, colour)) in enumerate(KINDS.items()):
        xs = [number + (place - 1) * width for number in range(1, len(rounds) + 1)]
        bars = axes.bar(xs, [one[kind]["requestsPerS"] for one in rounds], width, label=label, color=colour)
        axes.bar_label(bars, [f"{one[kind]['requestsPerS']:,.0f}" for one in rounds], fontsize=8)
    axes.set_xticks(range(1, len(rounds) + 1), [f"round {number}" for number in range(1, len(rounds) + 1)])
    axes.set_ylabel("requests a second")
    axes.margins(y=0.15)
    figure.legend(loc="outside upper center", ncols=3, frameon=False)
    return figure


def _ledger(figures: dict[str, Any]) -> Figure:
    figure = Figure(figsize=(7, 1.8), layout="constrained")
    axes: Axes = figure.subplots()
    names = ["one insert a commit", f"batches of {figures['batchSize']:,}"]
    values = [figures["singleRowsPerS"], figures["batchedRowsPerS"]]
    bars = axes.barh(names, values, color=[GREY, GREEN])
    axes.bar_label(bars, [f"{value:,}" for value in values], padding=4)
    axes.set_xlabel("rows a second")
    axes.margins(x=0.15)
    return figure


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
