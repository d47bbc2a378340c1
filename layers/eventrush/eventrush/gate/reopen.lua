-- Admit again after a rebuild: entries and free seats are in place, rules and counter follow at once.
-- KEYS[1] rules hash
-- ARGV[1] run id of this server   ARGV[2] run id of the server that was rebuilt   ARGV[3] name   ARGV[4] capacity
-- ARGV[5] opensAt   ARGV[6] closesAt (microseconds)   ARGV[7] state   ARGV[8] epoch   ARGV[9] issued
-- Returns 1 done, 0 refused: the server is another one by now, or another rebuild has finished first
if ARGV[1] ~= ARGV[2] then return 0 end
if redis.call('HGET', KEYS[1], 'runId') == ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'runId', ARGV[1], 'name', ARGV[3], 'capacity', ARGV[4], 'opensAt', ARGV[5],
  'closesAt', ARGV[6], 'state', ARGV[7], 'epoch', ARGV[8], 'issued', ARGV[9])
return 1
