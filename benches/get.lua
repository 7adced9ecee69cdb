-- GET of PATRON_BENCH_PATH, whose {id} is a random one of the file PATRON_BENCH_IDS.
dofile(os.getenv("PATRON_BENCH_FOLDER") .. "/report.lua")

local requests = {}

-- All requests are written out beforehand: wrk shares the cores with the server, so what it burns the server lacks.
function init(_)
    math.randomseed(os.time())
    local path = os.getenv("PATRON_BENCH_PATH")
    local headers = { Authorization = "Bearer " .. os.getenv("PATRON_BENCH_TOKEN") }
    if path:find("{id}", 1, true) then
        for id in io.lines(os.getenv("PATRON_BENCH_IDS")) do
            requests[#requests + 1] = wrk.format("GET", (path:gsub("{id}", id)), headers)
        end
    else
        requests[1] = wrk.format("GET", path, headers)
    end
end

function request()
    return requests[math.random(#requests)]
end
