"""Schedules, quicker than EventBridge's shortest minute.

Mirrored: the event, one invocation at a time, the function's Timeout. Not mirrored: the expression (a function comes
round every few seconds, first after one such pause), time windows, retries, dead-letter queues.
"""

from local.schedule.scheduler import Scheduler

__all__ = ["Scheduler"]
