"""Start a function's schedule beside the caller and stop it."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from local.environment import environment
from local.function import Function
from local.workers import Crew


class Scheduler(Crew):
    """Invokes a scheduled function every `every_s` seconds, in a process of its own or behind `endpoint_url`.

    `settings` are environment variables over the template's. WorkersError where the handler cannot be imported.
    """

    def __init__(
        self,
        function: Function,
        *,
        settings: Mapping[str, str] | None = None,
        every_s: float = 5.0,
        endpoint_url: str | None = None,
        log: Path = Path(".local/schedule.log"),
    ) -> None:
        [schedule] = function.schedules
        worker_settings = {
            "function": function.bare(),
            "schedule": dataclasses.asdict(schedule),
            "every_s": every_s,
            "endpoint_url": endpoint_url,
        }
        super().__init__("local.schedule.worker", 1, worker_settings, environment(function, settings or {}), log)
