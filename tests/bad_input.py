"""Bad requests, each with the status and the field of the problem that it must get."""

import json
from typing import Any

from tests.samples import join_event, sample

MARK = "tell-tale-7c1e"
BIG = '{"userId": 3, "x": "%s"}' % (MARK * 80_000)

BODIES: dict[str, tuple[str | bytes | None, int, str]] = {
    "missing": (None, 400, "body"),
    "empty": ("", 400, "body"),
    "not JSON": (f"{MARK}{{", 400, "body"),
    "array": (f'["{MARK}"]', 422, "body"),
    "duplicate keys": (f'{{"userId": "{MARK}", "userId": "{MARK}"}}', 400, "body"),
    "1 MiB": (BIG, 413, "body"),
    "1 MiB, base64": (BIG.encode(), 413, "body"),
    "invalid UTF-8": (MARK.encode() + b"\xff", 400, "body"),
    "userId missing": (f'{{"{MARK}": 1}}', 422, "userId"),
    "userId null": ('{"userId": null}', 422, "userId"),
    "userId true": ('{"userId": true}', 422, "userId"),
    "userId 1.5": ('{"userId": 1.5}', 422, "userId"),
    "userId 0": ('{"userId": 0}', 422, "userId"),
    "userId -1": ('{"userId": -1}', 422, "userId"),
    "userId 2^63": ('{"userId": 9223372036854775808}', 422, "userId"),
    "userId empty": ('{"userId": ""}', 422, "userId"),
    "userId of 65": (json.dumps({"userId": MARK + "a" * 51}), 422, "userId"),
    "userId with a control character": (json.dumps({"userId": f"{MARK}\x07"}), 422, "userId"),
    "userId with a space": (json.dumps({"userId": f"{MARK} 1"}), 422, "userId"),
    "userId an object": (json.dumps({"userId": {MARK: MARK}}), 422, "userId"),
}


def events() -> dict[str, tuple[dict[str, Any], int, str]]:
    """Return each bad request by its name, with the status and the field of its problem."""
    cases = {name: (join_event(sent), status, field) for name, (sent, status, field) in BODIES.items()}
    not_base64 = join_event(f'{{"userId": "{MARK}"}}')
    not_base64["isBase64Encoded"] = True
    cases["flagged base64 and is none"] = (not_base64, 400, "body")
    for content_type in ("text/plain", "application/x-www-form-urlencoded"):
        event = join_event(f"userId={MARK}", headers={"content-type": content_type})
        cases[f"content type {content_type}"] = (event, 415, "Content-Type")
    for name, event_id in {
        "eventId upper case": "Default",
        "eventId of 65": "a" * 65,
        "eventId with a dash first": "-a",
        "eventId ..": "..",
        "eventId percent-encoded ../": "..%2F..%2Fetc",
        "eventId percent-encoded slash": "default%2F",
        "eventId SQL": "a'%20OR%201=1;--",
        "eventId Lua": "redis.call('FLUSHALL')",
        "eventId of spaces": "%20",
        "eventId Korean": "%EC%9D%B4",
    }.items():
        cases[name] = (join_event(event_id=event_id), 422, "eventId")
    for name, key in {
        "Idempotency-Key empty": "",
        "Idempotency-Key of 65": "k" * 65,
        "Idempotency-Key with a space": "a b",
        "Idempotency-Key not ASCII": "é",
    }.items():
        cases[name] = (join_event(headers={"idempotency-key": key}), 422, "Idempotency-Key")
    cases["malformed sample"] = (sample("join-malformed"), 400, "body")
    cases["invalid user sample"] = (sample("join-invalid-user"), 422, "userId")
    cases["wrong path"] = (sample("wrong-path"), 404, "path")
    cases["join of no event"] = (join_event(path="/api/events//join"), 404, "path")
    cases["path outside"] = (join_event(path="/api/events/a/b/join"), 404, "path")
    cases["wrong method"] = (sample("wrong-method"), 405, "method")
    cases["delete"] = (join_event(path="/api/events/default", method="DELETE"), 405, "method")
    return cases
