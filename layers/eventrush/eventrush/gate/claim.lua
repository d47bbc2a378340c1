-- Claim a seat, first come, first served.
-- KEYS[1] rules hash   KEYS[2] entries hash   KEYS[3] pending sorted set   KEYS[4] free seats list
-- ARGV[1] run id of this server   ARGV[2] user id   ARGV[3] attempt id
-- Returns, with verdicts numbered as in models.py: 1 and 2 {verdict, seat, time_us, epoch, pending}, where pending is 1
-- if the caller must publish the entry, 2 if a record of it may be waiting already, 0 if the ledger has recorded it;
-- 3, 4 and 5 {verdict, epoch, entries, microseconds to the next opening or closing time or 0}; 6, 7 and 8 {verdict}
local rules = redis.call('HMGET', KEYS[1],
  'runId', 'state', 'opensAt', 'closesAt', 'capacity', 'issued', 'epoch', 'waitUntil')
if not rules[1] then return {8} end
if rules[1] ~= ARGV[1] then return {7} end
local clock = redis.call('TIME')
local time = clock[1] .. string.format('%06d', clock[2])
local now = tonumber(time)

-- Before the rules: a winner's retry gets its seat even if the event has closed since.
local value = redis.call('HGET', KEYS[2], ARGV[2])
if value then
  local seat, given, epoch, hidden, attempt = string.match(value, '^(%d+):(%d+):(%d+)@?(%d*):(.*)$')
  if hidden ~= '' and now < tonumber(hidden) then return {6} end
  local sent = redis.call('ZSCORE', KEYS[3], ARGV[2])
  local pending = sent and 2 or 0
  local verdict = attempt == ARGV[3] and 1 or 2
  if verdict == 1 and sent then
    if tonumber(sent) < tonumber(redis.call('HGET', KEYS[1], 'sentBefore') or 0) then
      redis.call('ZADD', KEYS[3], time, ARGV[2])
      pending = 1
    end
    -- Write it again: WAIT counts only the replicas that have the writes of its own connection.
    redis.call('HSET', KEYS[2], ARGV[2], value)
  end
  return {verdict, tonumber(seat), tonumber(given), tonumber(epoch), pending}
end

if rules[2] == 'PAUSED' or now < tonumber(rules[8] or 0) then return {6} end
local opens, closes, epoch = tonumber(rules[3]), tonumber(rules[4]), tonumber(rules[7])
local function refuse(verdict)
  local left = now < opens and opens - now or now < closes and closes < 2^53 - 1 and closes - now or 0
  return {verdict, epoch, redis.call('HLEN', KEYS[2]), left}
end
if rules[2] == 'CLOSED' or now >= closes then return refuse(5) end
if now < opens then return refuse(4) end
local seat = tonumber(rules[6]) < tonumber(rules[5]) and redis.call('HINCRBY', KEYS[1], 'issued', 1)
  or redis.call('LPOP', KEYS[4]) -- seats that a rebuild found without an owner
if not seat then return refuse(3) end
redis.call('HSET', KEYS[2], ARGV[2], seat .. ':' .. time .. ':' .. rules[7] .. ':' .. ARGV[3])
redis.call('ZADD', KEYS[3], time, ARGV[2])
return {1, tonumber(seat), now, epoch, 1}
