-- The events; the gate's rules are copies of their rules.
CREATE TABLE IF NOT EXISTS event (
    event_id      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name          VARCHAR(200) CHARACTER SET utf8mb4 NOT NULL,
    capacity      INT UNSIGNED NOT NULL,
    opens_at      DATETIME(6) NULL,
    closes_at     DATETIME(6) NULL,
    state         VARCHAR(10) CHARACTER SET ascii NOT NULL DEFAULT 'OPEN',
    epoch         INT UNSIGNED NOT NULL DEFAULT 1,
    settled_seat  INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'every seat up to here is recorded or dead-lettered',
    closed_at     DATETIME(6) NULL COMMENT 'when an operator closed it',
    created_at    DATETIME(6) NOT NULL,
    PRIMARY KEY (event_id),
    CHECK (capacity >= 1),
    CHECK (state IN ('OPEN', 'PAUSED', 'CLOSED'))
) ENGINE = InnoDB
