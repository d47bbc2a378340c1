"""MySQL alone behind the same front, for the benchmarks: one row a seat, and the first to lock a free one has it.

A winner is committed when the response leaves; there is nothing to deliver and nothing to lose.
"""

import json
import os
from functools import cache
from typing import Any

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

# The rows are there before the rush; the unique key finds a free one (NULL) and admits each user once.
CREATE = (
    "CREATE TABLE bench_seat (event_id VARCHAR(64) CHARACTER SET ascii NOT NULL, seat_no INT UNSIGNED NOT NULL,"
    " user_id VARCHAR(64) CHARACTER SET ascii NULL, PRIMARY KEY (event_id, seat_no),"
    " UNIQUE KEY one_seat_a_user (event_id, user_id)) ENGINE = InnoDB"
)
INSERT = "INSERT INTO bench_seat (event_id, seat_no, user_id) VALUES (%s, %s, %s)"
_FREE = "SELECT seat_no FROM bench_seat WHERE event_id = %s AND user_id IS NULL LIMIT 1 FOR UPDATE SKIP LOCKED"
_TAKE = "UPDATE bench_seat SET user_id = %s WHERE event_id = %s AND seat_no = %s"
_HEADERS = {"content-type": "application/json"}


@cache
def _connection() -> "Connection[Cursor]":
    return pymysql.connect(
        host=os.environ["MYSQL_HOST"],
        port=int(os.environ["MYSQL_PORT"]),
        user=os.environ["MYSQL_USER"],
        password=os.environ["MYSQL_PASSWORD"],
        database=os.environ["MYSQL_DATABASE"],
        ssl={"verify_mode": "none"} if os.environ["MYSQL_TLS"] == "required" else None,
        # Without the gap locks of REPEATABLE READ.
        init_command="SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    )


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Join the event in the path."""
    connection = _connection()
    event_id, user_id = event["pathParameters"]["eventId"], str(json.loads(event["body"])["userId"])
    with connection.cursor() as cursor:
        cursor.execute(_FREE, (event_id,))
        free = cursor.fetchone()
        if free is None:
            connection.rollback()
            return _response(429, "LIMIT_EXCEEDED")
        try:
            cursor.execute(_TAKE, (user_id, event_id, free[0]))
        except pymysql.err.IntegrityError:
            connection.rollback()
            return _response(409, "DUPLICATE")
        connection.commit()
    return _response(200, "SUCCESS")


def _response(status: int, result: str) -> dict[str, Any]:
    return {"statusCode": status, "headers": _HEADERS, "body": json.dumps({"result": result})}
