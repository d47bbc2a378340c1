-- Return an open gate's winners in one consistent read: those confirmed as a filter, those pending by name.
-- KEYS[1] rules hash   KEYS[2] entries hash   KEYS[3] pending sorted set   KEYS[4] filter: epoch, count, bits
-- ARGV[1] run id of this server   ARGV[2] most pending entries
-- Returns {epoch, entries, filter, {user id, ...}}, or {} if the gate is lost or the two are not all of its winners
local rules = redis.call('HMGET', KEYS[1], 'runId', 'epoch')
if rules[1] ~= ARGV[1] then return {} end
local entries, pending = redis.call('HLEN', KEYS[2]), redis.call('ZCARD', KEYS[3])
local filter = redis.call('BITFIELD', KEYS[4], 'GET', 'u32', 0, 'GET', 'u32', 32)
if filter[1] ~= tonumber(rules[2]) or filter[2] + pending ~= entries or pending > tonumber(ARGV[2]) then return {} end
return {filter[1], entries, redis.call('GET', KEYS[4]), redis.call('ZRANGE', KEYS[3], 0, -1)}
