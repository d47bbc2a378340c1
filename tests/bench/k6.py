"""Runs tests/load/rush.js without pauses."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).parents[2]

Figures = dict[str, Any]


@dataclass(frozen=True)
class K6:
    """k6, and where its figures go."""

    program: str
    directory: Path

    def __call__(self, url: str, event_id: str, duration_s: int, users: int = 10_000) -> Figures:
        """Load an API from 100 clients and return the script's own figures."""
        summary = self.directory / f"{uuid4().hex}.json"
        settings = {"API_URL": url, "EVENT_ID": event_id, "DURATION": f"{duration_s}s", "USERS": str(users)}
        subprocess.run(  # noqa: S603 - its status tells of thresholds, which a handler that does nothing cannot keep
            [self.program, "run", "--quiet", str(ROOT / "tests" / "load" / "rush.js")],
            env={**os.environ, **settings, "PAUSE": "0", "VUS": "100", "SUMMARY": str(summary)},
            check=False,
            capture_output=True,
            timeout=duration_s + 60,
        )
        read: Figures = json.loads(summary.read_text())
        return read
