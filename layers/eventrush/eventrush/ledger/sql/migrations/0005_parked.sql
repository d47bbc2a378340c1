-- Records that cannot be decided until their gate is rebuilt, stored unchanged; reconcile decides and deletes them.
CREATE TABLE IF NOT EXISTS parked (
    id            BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    topic         VARCHAR(249) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    partition_no  INT UNSIGNED NOT NULL,
    offset_no     BIGINT UNSIGNED NOT NULL,
    record_key    MEDIUMBLOB NULL,
    record_value  MEDIUMBLOB NULL,
    headers       JSON NOT NULL COMMENT 'a list of [name, value in base64]',
    record_time   DATETIME(6) NOT NULL COMMENT 'the timestamp of the record, UTC',
    event_id      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    user_id       VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    seat_no       INT UNSIGNED NOT NULL,
    parked_at     DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (id),
    UNIQUE KEY one_a_record (topic, partition_no, offset_no),
    KEY of_event (event_id),
    KEY of_user (event_id, user_id)
) ENGINE = InnoDB
