-- What is the mark of this prefix? Where there is none, ours; a warm one stays so for longer, as the entry does that it
-- stands for. KEYS: mark. ARGV: our token, lease ms, the word for warm, its lifetime ms
local found = redis.call('GET', KEYS[1])
if not found then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return ARGV[1]
end
if found == ARGV[3] then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return found
