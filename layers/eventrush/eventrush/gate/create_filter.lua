-- Write an empty filter of confirmed entries for a rebuild.
-- KEYS[1] rules hash   KEYS[2] filter: epoch and count (32 bits each), then the bits
-- ARGV[1] mark of this rebuild   ARGV[2] new epoch   ARGV[3] bits of the filter
-- Returns 1 done, 0 refused: another rebuild has started
if redis.call('HGET', KEYS[1], 'runId') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
redis.call('SETBIT', KEYS[2], 63 + ARGV[3], 0)
redis.call('BITFIELD', KEYS[2], 'SET', 'u32', 0, ARGV[2])
return 1
