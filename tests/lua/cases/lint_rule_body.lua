lint.rule 'mine' { on = 'service' }
