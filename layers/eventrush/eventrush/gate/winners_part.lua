-- Return a part of the filter of confirmed entries.
-- KEYS[1] rules hash   KEYS[2] filter: epoch, count, bits
-- ARGV[1] run id of this server   ARGV[2] epoch   ARGV[3] first byte   ARGV[4] last byte
-- Returns the bytes, none if the gate is lost, of another epoch (a rebuild made another filter), or has no filter
local rules = redis.call('HMGET', KEYS[1], 'runId', 'epoch')
if rules[1] ~= ARGV[1] or rules[2] ~= ARGV[2] then return '' end
return redis.call('GETRANGE', KEYS[2], ARGV[3], ARGV[4])
