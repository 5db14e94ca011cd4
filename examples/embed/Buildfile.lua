workspace 'shop' {}

local base = tier 'base' { from = 'python:3.12-slim', workdir = '/app' }
local web = service 'web' { from = base, doc = 'The shop itself', cmd = { 'python', '-m', 'shop' } }
local worker = service 'worker' { from = base, cmd = { 'python', '-m', 'worker' } }

for _, region in ipairs { 'eu-1', 'us-2' } do
  deploy('web-' .. region) { service = web, region = region, replicas = 3 }
end
local where = deploy 'worker' { service = worker, region = 'eu-1' }

task 'announce' { doc = 'Say where the worker runs', run = { 'echo', where } }
