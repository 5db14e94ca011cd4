task 'deploy' {
  run = function(ctx)
    service 'late' { from = 'x:1' }
  end,
}
--- TASK deploy
