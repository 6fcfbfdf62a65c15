-- For wrk: posts the bodies of a file in turn (each is its length in decimal, a line end, its bytes),
-- and ends with one line of JSON. Every thread begins elsewhere in the file.
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local wires, turn = {}, 0

function init(arguments)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = arguments[2]
  wrk.headers["Accept"] = "application/json"
  if arguments[3] then
    wrk.headers["Authorization"] = "Bearer " .. arguments[3]
  end
  local file = assert(io.open(arguments[1], "rb"))
  while true do
    local length = file:read("*n")
    if not length then break end
    file:read(1)
    wires[#wires + 1] = wrk.format(nil, nil, nil, file:read(length))
  end
  file:close()
  turn = math.floor(#wires * 0.618 * number) % #wires
end

function request()
  turn = turn % #wires + 1
  return wires[turn]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"microseconds":%d,"refused":%d,"broken":%d,"p50":%d,"p90":%d,"p99":%d}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(90), latency:percentile(99)))
end
