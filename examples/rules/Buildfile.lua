-- A team's own rules: build/rules.lua declares them, the services use them, and the task test-rules tests them.
workspace 'rules' {}

include 'services/*/Buildfile.lua'

task 'test-rules' { doc = 'Compare what the fixtures of tests/ plan with what they should', run = { 'tests/run', ARGV } }
