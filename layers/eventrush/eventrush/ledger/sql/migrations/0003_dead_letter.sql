-- Invalid records, stored unchanged, with the reason; never deleted.
CREATE TABLE IF NOT EXISTS dead_letter (
    topic         VARCHAR(249) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    partition_no  INT UNSIGNED NOT NULL,
    offset_no     BIGINT UNSIGNED NOT NULL,
    record_key    MEDIUMBLOB NULL,
    record_value  MEDIUMBLOB NULL,
    headers       JSON NOT NULL COMMENT 'a list of [name, value in base64]',
    event_id      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'where the record could be read',
    user_id       VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    seat_no       INT UNSIGNED NULL,
    reason        VARCHAR(40) CHARACTER SET ascii NOT NULL,
    detail        VARCHAR(500) CHARACTER SET utf8mb4 NOT NULL,
    record_time   DATETIME(6) NOT NULL COMMENT 'the timestamp of the record, UTC',
    dead_at       DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    state         VARCHAR(10) CHARACTER SET ascii NOT NULL DEFAULT 'DEAD',
    settled_at    DATETIME(6) NULL COMMENT 'when it was redriven or discarded',
    note          VARCHAR(500) CHARACTER SET utf8mb4 NULL COMMENT 'why an operator discarded it',
    PRIMARY KEY (topic, partition_no, offset_no),
    KEY of_event (event_id, state, seat_no),
    CHECK (state IN ('DEAD', 'REDRIVEN', 'DISCARDED'))
) ENGINE = InnoDB
