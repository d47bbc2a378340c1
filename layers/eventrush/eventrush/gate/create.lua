-- Write the rules of a new event, and an empty filter of its confirmed entries.
-- KEYS[1] rules hash   KEYS[2] filter: epoch and count (32 bits each), then the bits
-- ARGV[1] run id of this server   ARGV[2] name   ARGV[3] capacity   ARGV[4] opensAt   ARGV[5] closesAt (microseconds)
-- ARGV[6] state   ARGV[7] epoch   ARGV[8] bits of the filter
-- Returns 1 done, 0 refused: the event has rules already
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'runId', ARGV[1], 'name', ARGV[2], 'capacity', ARGV[3], 'opensAt', ARGV[4],
  'closesAt', ARGV[5], 'state', ARGV[6], 'epoch', ARGV[7], 'issued', 0)
redis.call('DEL', KEYS[2])
redis.call('SETBIT', KEYS[2], 63 + ARGV[8], 0)
redis.call('BITFIELD', KEYS[2], 'SET', 'u32', 0, ARGV[7])
return 1
