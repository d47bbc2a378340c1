"""The event that people join who name none: an API on this machine always has it."""

import os

from admin.service import Admin
from eventrush.models import Event
from eventrush.settings import EventSettings


def have(admin: Admin) -> dict[str, str]:
    """Create the event, a hundred seats, where it is missing; return the setting that has the functions join it.

    DEFAULT_EVENT_ID of the shell names it, as it does where SAM runs the functions.
    """
    event_id = EventSettings.from_env(os.environ).default_event_id
    if all(event.event_id != event_id for event in admin.list()):
        admin.create(Event(event_id, "The first hundred", 100))
    return {"DEFAULT_EVENT_ID": event_id}
