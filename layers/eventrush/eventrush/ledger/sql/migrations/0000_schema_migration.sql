-- The migrations that have been applied; this one is executed before every other.
CREATE TABLE IF NOT EXISTS schema_migration (
    version     VARCHAR(100) CHARACTER SET ascii NOT NULL PRIMARY KEY,
    applied_at  DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
) ENGINE = InnoDB
