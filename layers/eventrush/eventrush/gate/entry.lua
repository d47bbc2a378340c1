-- Return a user's entry.
-- KEYS[1] rules hash   KEYS[2] entries hash   KEYS[3] pending sorted set
-- ARGV[1] run id of this server   ARGV[2] user id
-- Returns {8} no rules, {7} lost, {0} no entry, {6} not yet to be seen, or {1, value, pending}
local run_id = redis.call('HGET', KEYS[1], 'runId')
if not run_id then return {8} end
if run_id ~= ARGV[1] then return {7} end
local value = redis.call('HGET', KEYS[2], ARGV[2])
if not value then return {0} end
local hidden = string.match(value, '^%d+:%d+:%d+@(%d+):')
if hidden then
  local clock = redis.call('TIME')
  if tonumber(clock[1]) * 1000000 + tonumber(clock[2]) < tonumber(hidden) then return {6} end
end
return {1, value, redis.call('ZSCORE', KEYS[3], ARGV[2]) and 1 or 0}
