-- Give an entry of an event that has ended a random user id; the number of entries stays, since environments compare it.
-- The filter of confirmed entries is deleted, because it has bits of the old id's hash and lacks the new one's:
-- without it, environments ask the gate.
-- KEYS[1] rules hash   KEYS[2] entries hash   KEYS[3] pending sorted set   KEYS[4] filter of confirmed entries
-- ARGV[1] run id of this server   ARGV[2] user id   ARGV[3] random id, also for the attempt
-- Returns 8 no rules, 7 lost, 1 done or no such entry, 0 refused: the event has not ended, or the entry is pending
local rules = redis.call('HMGET', KEYS[1], 'runId', 'state', 'closesAt', 'waitUntil')
if not rules[1] then return 8 end
if rules[1] ~= ARGV[1] then return 7 end
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
if now < tonumber(rules[4] or 0) or (rules[2] ~= 'CLOSED' and now < tonumber(rules[3])) then return 0 end
local value = redis.call('HGET', KEYS[2], ARGV[2])
if not value then return 1 end
if redis.call('ZSCORE', KEYS[3], ARGV[2]) then return 0 end
redis.call('HSET', KEYS[2], ARGV[3], string.match(value, '^%d+:%d+:[^:]+:') .. ARGV[3])
redis.call('HDEL', KEYS[2], ARGV[2])
redis.call('DEL', KEYS[4])
return 1
