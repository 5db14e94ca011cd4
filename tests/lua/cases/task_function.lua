task 'deploy' {
  run = function(ctx)
    ctx.say 'start'
    local status = ctx.run { 'kubectl', 'apply' }
  end,
}
--- TASK deploy
