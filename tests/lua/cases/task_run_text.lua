task 'deploy' {
  run = function(ctx)
    ctx.run 'kubectl apply'
  end,
}
--- TASK deploy
