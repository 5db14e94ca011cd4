task 'scan' { run = { 'trivy', EACH } }
