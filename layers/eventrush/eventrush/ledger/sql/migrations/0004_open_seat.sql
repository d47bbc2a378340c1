-- Seats up to event.settled_seat that had no row when the watermark passed them: free, dead-lettered or missing.
CREATE TABLE IF NOT EXISTS open_seat (
    event_id  VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    seat_no   INT UNSIGNED NOT NULL,
    PRIMARY KEY (event_id, seat_no)
) ENGINE = InnoDB
