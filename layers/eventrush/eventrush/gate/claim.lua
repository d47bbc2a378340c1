-- Claim a seat, first come, first served.
-- KEYS[1] rules hash   KEYS[2] entries hash   KEYS[3] pending sorted set   KEYS[4] free seats list
-- ARGV[1] run id of this server   ARGV[2] user id   ARGV[3] attempt id
-- Returns {verdict, seat, time_us, epoch, pending, wait_us}; verdicts are numbered as in models.py; pending is 1 if the
-- caller must publish the entry, 2 if a record of it may be waiting already, 0 if the ledger has recorded it
local rules = redis.call('HMGET', KEYS[1], 'runId', 'state', 'opensAt', 'closesAt', 'capacity', 'issued', 'epoch')
if not rules[1] then return {8} end
if rules[1] ~= ARGV[1] then return {7} end

local function clock()
  local now = redis.call('TIME')
  return now[1] .. string.format('%06d', now[2])
end

-- Before the rules: a winner's retry gets its seat even if the event has closed since.
local value = redis.call('HGET', KEYS[2], ARGV[2])
if value then
  local seat, given, epoch, attempt = string.match(value, '^(%d+):(%d+):(%d+):(.*)$')
  local sent = redis.call('ZSCORE', KEYS[3], ARGV[2])
  local pending = sent and 2 or 0
  local verdict = attempt == ARGV[3] and 1 or 2
  if verdict == 1 and sent then
    if tonumber(sent) < tonumber(redis.call('HGET', KEYS[1], 'sentBefore') or 0) then
      redis.call('ZADD', KEYS[3], clock(), ARGV[2])
      pending = 1
    end
    -- Write it again: WAIT counts only the replicas that have the writes of its own connection.
    redis.call('HSET', KEYS[2], ARGV[2], value)
  end
  return {verdict, tonumber(seat), tonumber(given), tonumber(epoch), pending}
end

if rules[2] == 'PAUSED' then return {6} end
if rules[2] == 'CLOSED' then return {5} end
local time = clock()
local now, opens = tonumber(time), tonumber(rules[3])
if now < opens then return {4, 0, now, 0, 0, opens - now} end
if now >= tonumber(rules[4]) then return {5} end

local seat
if tonumber(rules[6]) < tonumber(rules[5]) then
  seat = redis.call('HINCRBY', KEYS[1], 'issued', 1)
else
  seat = redis.call('LPOP', KEYS[4]) -- seats that a rebuild found without an owner
  if not seat then return {3} end
end
redis.call('HSET', KEYS[2], ARGV[2], seat .. ':' .. time .. ':' .. rules[7] .. ':' .. ARGV[3])
redis.call('ZADD', KEYS[3], time, ARGV[2])
return {1, tonumber(seat), now, tonumber(rules[7]), 1}
