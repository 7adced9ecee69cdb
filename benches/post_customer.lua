-- POST of a customer with an e-mail address that nobody else has. One thread only (-t1): the counter is the thread's own.
dofile(os.getenv("PATRON_BENCH_FOLDER") .. "/report.lua")

local run = os.getenv("PATRON_BENCH_RUN")
local headers = {
    Authorization = "Bearer " .. os.getenv("PATRON_BENCH_TOKEN"),
    ["Content-Type"] = "application/json",
}
local number = 0

function request()
    number = number + 1
    local body = string.format(
        '{"kind": "individual", "name": "Bench Customer", "email": "bench-%s-%d@lab.test", "lifecycle": "active"}', run, number)
    return wrk.format("POST", "/v1/customers", headers, body)
end
