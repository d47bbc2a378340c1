-- Return a part of the filter of confirmed entries.
-- KEYS[1] rules hash   KEYS[2] filter: epoch and count (32 bits each), then the bits
-- ARGV[1] run id of this server   ARGV[2] epoch   ARGV[3] first byte   ARGV[4] last byte
-- Returns the bytes, none if the gate is lost or the filter is not this epoch's: it was made again, or is gone
local rules = redis.call('HMGET', KEYS[1], 'runId', 'epoch')
if rules[1] ~= ARGV[1] or rules[2] ~= ARGV[2] then return '' end
if redis.call('BITFIELD', KEYS[2], 'GET', 'u32', 0)[1] ~= tonumber(ARGV[2]) then return '' end
return redis.call('GETRANGE', KEYS[2], ARGV[3], ARGV[4])
