task 'scan' { run = { 'trivy', 'x' .. ARGV } }
