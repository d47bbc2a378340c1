"""Worker processes that come up together, are replaced when they die, and end with whoever started them."""

from local.workers.crew import Crew
from local.workers.lifeline import Lifeline

__all__ = ["Crew", "Lifeline"]
