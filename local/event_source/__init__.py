"""The Kafka event-source mapping, which `sam local` lacks.

Mirrored: consumers up to the mapping's pollers, batch size, window and 6 MB limit, the `aws:kafka` event, order within
a partition, partial failures, endless retries with growing pauses, commits of nothing but what succeeded, the end of
an environment at the function's Timeout. Not mirrored: scaling of pollers, retry and age limits, bisecting,
destinations, filters, schema registries, several concurrent invocations of one poller.
"""

from local.event_source.source import EventSource

__all__ = ["EventSource"]
