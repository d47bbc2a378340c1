-- Remove entries that the ledger has recorded from pending.
-- KEYS[1] pending sorted set
-- ARGV    user ids, at most a few thousand
-- Returns how many were pending
return redis.call('ZREM', KEYS[1], unpack(ARGV))
