"""Bad requests, each with the status and the field of the problem that it must get, and those just inside a limit."""

import json
from typing import Any

from tests.samples import get_event, join_event, sample, with_subject

MARK = "tell-tale-7c1e"
BIG = '{"userId": 3, "x": "%s"}' % (MARK * 80_000)


def _of_user(user_id: int | str) -> dict[str, Any]:
    return join_event(json.dumps({"userId": user_id}))


def _with_key(key: str) -> dict[str, Any]:
    return join_event(headers={"idempotency-key": key})


BODIES: dict[str, tuple[str | bytes | None, int, str]] = {
    "missing": (None, 400, "body"),
    "empty": ("", 400, "body"),
    "white space": (" \n", 400, "body"),
    "not JSON": (f"{MARK}{{", 400, "body"),
    "a form": (f"userId={MARK}", 400, "body"),
    "a byte order mark": (f'\ufeff{{"userId": "{MARK}"}}', 400, "body"),
    "NaN": (f'{{"userId": NaN, "x": "{MARK}"}}', 400, "body"),
    "deep nesting": ("[" * 4096, 400, "body"),
    "array": (f'["{MARK}"]', 422, "body"),
    "number": ("3", 422, "body"),
    "null": ("null", 422, "body"),
    "duplicate keys": (f'{{"userId": "{MARK}", "userId": "{MARK}"}}', 400, "body"),
    "duplicate keys inside": (f'{{"userId": 3, "x": {{"{MARK}": 1, "{MARK}": 2}}}}', 400, "body"),
    "1 MiB": (BIG, 413, "body"),
    "1 MiB, base64": (BIG.encode(), 413, "body"),
    "invalid UTF-8": (MARK.encode() + b"\xff", 400, "body"),
    "invalid UTF-8 in a string": (b'{"userId": "%s\xc3\x28"}' % MARK.encode(), 400, "body"),
    "another binary": (b"\xff\xfe", 400, "body"),
    "empty object": ("{}", 422, "userId"),
    "userId missing": (f'{{"{MARK}": 1}}', 422, "userId"),
    "userId null": ('{"userId": null}', 422, "userId"),
    "userId true": ('{"userId": true}', 422, "userId"),
    "userId 1.5": ('{"userId": 1.5}', 422, "userId"),
    "userId 1.0": ('{"userId": 1.0}', 422, "userId"),
    "userId -1": ('{"userId": -1}', 422, "userId"),
    "userId of 4,000 digits": ('{"userId": ' + "9" * 4000 + "}", 422, "userId"),
    "userId with a control character": (json.dumps({"userId": f"{MARK}\x07"}), 422, "userId"),
    "userId with a null character": (json.dumps({"userId": f"{MARK}\x00"}), 422, "userId"),
    "userId with a line feed": (json.dumps({"userId": f"{MARK}\n"}), 422, "userId"),
    "userId not ASCII": (json.dumps({"userId": f"{MARK}é"}, ensure_ascii=False), 422, "userId"),
    "userId half a surrogate pair": (f'{{"userId": "{MARK}\\ud800"}}', 422, "userId"),
    "userId with a space": (json.dumps({"userId": f"{MARK} 1"}), 422, "userId"),
    "userId an object": (json.dumps({"userId": {MARK: MARK}}), 422, "userId"),
    "userId an array": (json.dumps({"userId": [MARK]}), 422, "userId"),
}


def _body(size: int, letter: str = " ") -> str:
    """Return a valid body of so many bytes; they end with spaces where the letter does not fit."""
    body = '{"userId": "limit", "x": "%s"}'
    letters = (size - len(body) + 2) // len(letter.encode())
    text = body % (letter * letters)
    return text + " " * (size - len(text.encode()))


# At the limit, which is accepted; one over it, with its status and field.
LIMITS: dict[str, tuple[dict[str, Any], dict[str, Any], int, str]] = {
    "body of 4096 bytes": (join_event(_body(4096)), join_event(_body(4097)), 413, "body"),
    "body of 4096 bytes in Korean": (join_event(_body(4096, "이")), join_event(_body(4097, "이")), 413, "body"),
    "body of 4096 bytes, base64": (join_event(_body(4096).encode()), join_event(_body(4097).encode()), 413, "body"),
    "userId of 64": (_of_user("!" * 63 + "~"), _of_user(MARK + "a" * 51), 422, "userId"),
    "userId of 1": (_of_user("~"), _of_user(""), 422, "userId"),
    "userId 2^63-1": (_of_user(2**63 - 1), _of_user(2**63), 422, "userId"),
    "userId 1": (_of_user(1), _of_user(0), 422, "userId"),
    "Idempotency-Key of 64": (_with_key("!" * 63 + "~"), _with_key("k" * 65), 422, "Idempotency-Key"),
    "Idempotency-Key of 1": (_with_key("~"), _with_key(""), 422, "Idempotency-Key"),
    "eventId of 64": (join_event(event_id="0" + "-" * 63), join_event(event_id="a" * 65), 422, "eventId"),
    "eventId of 1": (join_event(event_id="z"), join_event(event_id="-"), 422, "eventId"),
}


def events() -> dict[str, tuple[dict[str, Any], int, str]]:
    """Return each bad request by its name, with the status and the field of its problem."""
    cases = {name: (join_event(sent), status, field) for name, (sent, status, field) in BODIES.items()}
    cases |= {f"{name}: beyond": (over, status, field) for name, (_, over, status, field) in LIMITS.items()}
    not_base64 = join_event(f'{{"userId": "{MARK}"}}')
    not_base64["isBase64Encoded"] = True
    cases["flagged base64 and is none"] = (not_base64, 400, "body")
    for content_type in (
        *("text/plain", "application/x-www-form-urlencoded", "application/json-seq", "multipart/form-data", ""),
    ):
        event = join_event(f"userId={MARK}", headers={"content-type": content_type})
        cases[f"content type {content_type}"] = (event, 415, "Content-Type")
    for name, event_id in {
        "eventId upper case": "Default",
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


# What is accepted with a token, because the token names the user.
NEEDLESS = {"missing", "empty", "white space", "empty object", "userId missing"}
# Subjects that are no user ids.
SUBJECTS: dict[str, object] = {
    "of 65": MARK + "a" * 51,
    "empty": "",
    "not ASCII": f"{MARK}é",
    "with a space": f"{MARK} 1",
    "with a line feed": f"{MARK}\n",
    "null": None,
    "a list": [MARK],
}


def _authorized(event: dict[str, Any], authorizer: Any) -> dict[str, Any]:
    return event | {"requestContext": event["requestContext"] | {"authorizer": authorizer}}


def token_events() -> dict[str, tuple[dict[str, Any], int, str]]:
    """Return each bad request where `IDENTITY` is `token`, with the status and the field of its problem."""
    cases = {
        name: (with_subject(event), status, field)
        for name, (event, status, field) in events().items()
        if name not in NEEDLESS
    }
    entry = get_event("/api/events/default/entries/3")
    for name, event in {"join": _of_user(MARK), "join of nobody": join_event("{}"), "entry": entry}.items():
        for what, authorizer in {
            "null": None,
            "of IAM": {"iam": {"userId": MARK}},
            "without a subject": {"jwt": {"claims": {"iss": MARK}, "scopes": None}},
        }.items():
            cases[f"{name}: authorizer {what}"] = (_authorized(event, authorizer), 401, "Authorization")
        cases[f"{name}: no authorizer"] = (event, 401, "Authorization")
        for what, subject in SUBJECTS.items():
            cases[f"{name}: subject {what}"] = (with_subject(event, subject), 403, "sub")
    cases["no authorizer, and a bad body"] = (join_event(BIG), 401, "Authorization")
    for name, user_id, subject in (
        ("another user", 4, "3"),
        ("a user whose number is written otherwise", "03", "3"),
        ("a user in another case", "Mina", "mina"),
        ("the subject and more", f"{MARK}3", MARK),
    ):
        cases[f"join as {name}"] = (with_subject(_of_user(user_id), subject), 403, "userId")
        other = get_event(f"/api/events/default/entries/{user_id}")
        cases[f"entry of {name}"] = (with_subject(other, subject), 403, "userId")
    return cases


def token_accepted() -> dict[str, dict[str, Any]]:
    """Return each request at a limit where `IDENTITY` is `token`."""
    longest = "!" * 63 + "~"
    bodies = {name: with_subject(events()[name][0]) for name in NEEDLESS}
    return bodies | {
        "the sample": sample("join-token"),
        "the same user as a number": with_subject(_of_user(3)),
        "the same user as text": with_subject(_of_user("3")),
        "subject of 64": with_subject(join_event("{}"), longest),
        "subject of 64, twice": with_subject(_of_user(longest), longest),
        "subject of 1": with_subject(join_event("{}"), "~"),
        "no body, base64": with_subject(join_event(b"")),
    }


def accepted() -> dict[str, dict[str, Any]]:
    """Return each request at a limit by its name."""
    return {name: at_limit for name, (at_limit, *_) in LIMITS.items()}
