"""Requests that schemathesis makes of an OpenAPI document, good and bad, and what is wrong with the responses."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

# What the gate may answer to valid data.
_DECIDED: Final = ["2xx", 403, 404, 409, 410, 429]

type Seen = tuple[str, int]  # an operation and a status


@dataclass
class Found:
    """What a run sent, how often each status came back, and what broke the contract."""

    cases: int = 0
    seen: Counter[Seen] = field(default_factory=Counter)
    linked: Counter[Seen] = field(default_factory=Counter)  # by requests that a link of the document made
    findings: list[str] = field(default_factory=list)

    def add(self, event: events.ScenarioFinished) -> None:
        """Count a scenario's cases, and note the checks that failed."""
        recorder = event.recorder
        for case_id, node in recorder.cases.items():
            interaction = recorder.interactions.get(case_id)
            if interaction is None or interaction.response is None:
                continue
            self.cases += 1
            seen = node.value.operation.label, interaction.response.status_code
            self.seen[seen] += 1
            self.linked[seen] += node.is_transition_applied
            self.findings += [
                f"{check.name}: {check.failure_info.failure.message}\n{check.failure_info.code_sample}"
                for check in recorder.checks.get(case_id, [])
                if check.failure_info
            ]


def explore(url: str, document: dict[str, Any], event_ids: Sequence[str], examples: int, **more: Any) -> Found:
    """Send the same requests every time, most of them of these events; `examples` are tries of an operation and links.

    `more` is of schemathesis' configuration.
    """
    users = [1, 2**63 - 1, "3", "ann@example.com", "~"]
    configuration = {
        "base-url": url,
        "seed": 1,
        "continue-on-failure": True,
        "generation": {"deterministic": True, "max-examples": examples, "no-shrink": True, "database": "none"},
        "dictionaries": {"events": {"values": [*event_ids]}, "users": {"values": users}},
        "parameters": {
            "path.eventId": {"dictionary": "events", "probability": 0.8},
            "body.userId": {"dictionary": "users", "probability": 0.2},
        },
        "checks": {
            "positive_data_acceptance": {"expected-statuses": _DECIDED},
            "negative_data_rejection": {"expected-statuses": ["4xx"]},
        },
    }
    config = SchemathesisConfig.from_dict(configuration | more)
    schema = schemathesis.openapi.from_dict(document, config=config)
    schema.hook("filter_body")(_has_no_whole_float)
    found = Found()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            found.add(event)
        elif isinstance(event, events.NonFatalError):
            found.findings.append(f"{event.label}: {event.value}")
        elif isinstance(event, events.FatalError):
            raise event.exception
    return found


def _has_no_whole_float(_context: object, body: object) -> bool:
    """Leave out 3.0: JSON Schema takes it for an integer, the API does not (the description of UserId says so)."""
    user = body.get("userId") if isinstance(body, dict) else None
    return not (isinstance(user, float) and user.is_integer())
