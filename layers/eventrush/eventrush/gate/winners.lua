-- Return an open gate's winners at one moment: those pending by name, those confirmed as a filter.
-- KEYS[1] rules hash   KEYS[2] entries hash   KEYS[3] pending sorted set   KEYS[4] filter: epoch, count, bits
-- ARGV[1] run id of this server   ARGV[2] most pending entries   ARGV[3] bytes of the filter that are returned
-- Returns {epoch, entries, first bytes of the filter, {user id, ...}, size of the filter}; {} if the gate is lost or the
-- two are not all of its winners. `winners_part.lua` returns the rest of a large filter: bits are only ever added, so
-- that bits that are read later lack nobody.
local rules = redis.call('HMGET', KEYS[1], 'runId', 'epoch')
if rules[1] ~= ARGV[1] then return {} end
local entries, pending = redis.call('HLEN', KEYS[2]), redis.call('ZCARD', KEYS[3])
local filter = redis.call('BITFIELD', KEYS[4], 'GET', 'u32', 0, 'GET', 'u32', 32)
if filter[1] ~= tonumber(rules[2]) or filter[2] + pending ~= entries or pending > tonumber(ARGV[2]) then return {} end
return {filter[1], entries, redis.call('GETRANGE', KEYS[4], 0, ARGV[3] - 1), redis.call('ZRANGE', KEYS[3], 0, -1),
  redis.call('STRLEN', KEYS[4])}
