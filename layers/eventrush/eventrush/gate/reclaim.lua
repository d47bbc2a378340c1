-- Reclaim the seats of entries of an older epoch, if those seats are free or were never given; they get this epoch.
-- KEYS[1] rules hash   KEYS[2] entries hash   KEYS[3] pending sorted set   KEYS[4] free seats list
-- ARGV[1] run id of this server   ARGV[2] how long a reclaimed entry is hidden (microseconds): until then its user may
-- have been refused; then for each entry: user id, value ("seat:time_us:epoch:attempt id")
-- Returns {8} no rules, {7} lost, {2} to be repeated, or {1, epoch, reply...}: 1 the user owns the seat, 0 another user
-- does or the user has another
local rules = redis.call('HMGET', KEYS[1], 'runId', 'capacity', 'issued', 'epoch')
if not rules[1] then return {8} end
if rules[1] ~= ARGV[1] then return {7} end
local capacity, issued = tonumber(rules[2]), tonumber(rules[3])

-- Seats that one call frees below a seat far above the counter; a million at once would stop every claim meanwhile.
local MAX_SKIPPED = 10000
local unfinished = false

local function take(seat)
  if seat > capacity then return false end
  if seat <= issued then return redis.call('LREM', KEYS[4], 1, seat) == 1 end
  unfinished = seat - issued > MAX_SKIPPED
  local last = unfinished and issued + MAX_SKIPPED or seat - 1
  for skipped = issued + 1, last do
    redis.call('RPUSH', KEYS[4], skipped)
  end
  issued = unfinished and last or seat
  redis.call('HSET', KEYS[1], 'issued', issued)
  return not unfinished
end

local clock = redis.call('TIME')
local now = clock[1] .. string.format('%06d', clock[2])
local epoch = rules[4] .. '@' .. string.format('%.0f', tonumber(now) + tonumber(ARGV[2]))
local reply = {1, tonumber(rules[4])}
for i = 3, #ARGV, 2 do
  local user, value = ARGV[i], ARGV[i + 1]
  local seat, time, attempt = string.match(value, '^(%d+):(%d+):%d+:(.*)$')
  local present = redis.call('HGET', KEYS[2], user)
  local own = present and string.match(present, '^%d+') == seat
  if not present and take(tonumber(seat)) then
    redis.call('HSET', KEYS[2], user, seat .. ':' .. time .. ':' .. epoch .. ':' .. attempt)
    redis.call('ZADD', KEYS[3], now, user) -- its record may be waiting still
    own = true
  end
  if unfinished then return {2} end
  reply[#reply + 1] = own and 1 or 0
end
return reply
