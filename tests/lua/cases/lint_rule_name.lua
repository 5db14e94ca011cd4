lint.rule 'root_user' { on = 'service', function() end }
