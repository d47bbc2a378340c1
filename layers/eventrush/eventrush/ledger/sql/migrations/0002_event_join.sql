-- One row a seat and one row a user of an event: the unique keys alone guarantee it.
CREATE TABLE IF NOT EXISTS event_join (
    event_id      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    seat_no       INT UNSIGNED NOT NULL,
    user_id       VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    request_time  DATETIME(6) NOT NULL COMMENT 'when the gate gave the seat, UTC',
    recorded_at   DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    attempt_id    VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    epoch         INT UNSIGNED NOT NULL,
    PRIMARY KEY (event_id, seat_no),
    UNIQUE KEY one_entry_a_user (event_id, user_id),
    CONSTRAINT entry_of_event FOREIGN KEY (event_id) REFERENCES event (event_id),
    CHECK (seat_no >= 1)
) ENGINE = InnoDB
