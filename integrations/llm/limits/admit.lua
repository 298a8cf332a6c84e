-- May this call begin? Callers stand in line; a call is let in when a place is free and every bucket holds enough for
-- it and for all that stand before it, so that a large call is not overtaken for ever by small ones.
-- KEYS: slots, queue, seen, needs, state
-- ARGV: ticket, model, places, lease ms, patience of the line ms, input, output, rates a minute of requests, input, output
-- Answers {1, 0}, or {0, milliseconds until it may be worth asking again}; 0 milliseconds: nobody knows.
local slots, queue, seen, needs, state = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local ticket, model, places = ARGV[1], ARGV[2], tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local kinds = {'requests', 'input', 'output'}

-- Whoever has not renewed its place, or not asked again, has died.
redis.call('ZREMRANGEBYSCORE', slots, '-inf', now)
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', seen, '-inf', now - tonumber(ARGV[5]))) do
  redis.call('ZREM', queue, gone)
  redis.call('ZREM', seen, gone)
  redis.call('HDEL', needs, gone)
end

if not redis.call('ZSCORE', queue, ticket) then
  redis.call('ZADD', queue, redis.call('HINCRBY', state, 'line', 1), ticket)
  redis.call('HSET', needs, ticket, cjson.encode({model, 1, tonumber(ARGV[6]), tonumber(ARGV[7])}))
end
redis.call('ZADD', seen, now, ticket)
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, 3600000) end

local held = tonumber(redis.call('HGET', state, 'hold:' .. model) or 0)
if held > now then return {0, held - now} end

local rank = redis.call('ZRANK', queue, ticket)
local free = places - redis.call('ZCARD', slots)
if places > 0 and rank >= free then return {0, 0} end

-- A bucket refills evenly to what a minute allows. Levels below zero are debts of calls that used more than foreseen.
local function bucket(name, rate)
  local level = tonumber(redis.call('HGET', state, name .. ':level') or rate)
  local at = tonumber(redis.call('HGET', state, name .. ':at') or now)
  return math.min(rate, level + (now - at) * rate / 60000)
end

local demands = {}
for _, other in ipairs(redis.call('ZRANGE', queue, 0, rank)) do
  table.insert(demands, cjson.decode(redis.call('HGET', needs, other)))
end

local wait, levels = 0, {}
for position, kind in ipairs(kinds) do
  local rates = {['all:' .. kind] = tonumber(ARGV[7 + position])}
  rates[model .. ':' .. kind] = tonumber(redis.call('HGET', state, model .. ':' .. kind .. ':rate') or 0)
  for name, rate in pairs(rates) do
    if rate > 0 then
      local level, wanted = bucket(name, rate), 0
      for _, demand in ipairs(demands) do
        if name == 'all:' .. kind or demand[1] == model then
          wanted = wanted + math.min(demand[position + 1], rate)
        end
      end
      levels[name] = {level, demands[#demands][position + 1]}
      if wanted > level then wait = math.max(wait, (wanted - level) * 60000 / rate) end
    end
  end
end
if wait > 0 then return {0, math.ceil(wait)} end

for name, found in pairs(levels) do
  redis.call('HSET', state, name .. ':level', found[1] - found[2], name .. ':at', now)
end
redis.call('ZREM', queue, ticket)
redis.call('ZREM', seen, ticket)
redis.call('HDEL', needs, ticket)
redis.call('ZADD', slots, now + tonumber(ARGV[4]), ticket)
return {1, 0}
