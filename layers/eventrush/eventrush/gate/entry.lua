-- Tell what a user holds.
-- KEYS[1] rules hash   KEYS[2] entries hash   KEYS[3] pending sorted set
-- ARGV[1] run id of this server   ARGV[2] user id
-- Returns {8} no rules, {7} lost, {0} no entry, or {1, held, epoch, pending}
local rules = redis.call('HMGET', KEYS[1], 'runId', 'epoch')
if not rules[1] then return {8} end
if rules[1] ~= ARGV[1] then return {7} end
local held = redis.call('HGET', KEYS[2], ARGV[2])
if not held then return {0} end
return {1, held, tonumber(rules[2]), redis.call('ZSCORE', KEYS[3], ARGV[2]) and 1 or 0}
