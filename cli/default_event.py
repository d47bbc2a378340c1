"""The event that people join who name none: an API on this machine always has it."""

import os

from admin.service import Admin
from eventrush.event import Event
from eventrush.settings import EventSettings


def have(admin: Admin) -> None:
    """Create the event, a hundred seats, where it is missing."""
    event_id = EventSettings.from_env(os.environ).default_event_id
    if all(event.event_id != event_id for event in admin.list()):
        admin.create(Event(event_id, "The first hundred", 100))
