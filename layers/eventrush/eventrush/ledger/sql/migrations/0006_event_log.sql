-- What operators changed; a row is written in the transaction of its change, and is never changed.
CREATE TABLE IF NOT EXISTS event_log (
    id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    event_id   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'NULL for a dead letter of no event',
    command    VARCHAR(20) CHARACTER SET ascii NOT NULL,
    operator   VARCHAR(1000) CHARACTER SET utf8mb4 NOT NULL COMMENT 'as the client says',
    details    JSON NOT NULL COMMENT 'an object',
    logged_at  DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (id),
    KEY of_event (event_id, id)
) ENGINE = InnoDB
