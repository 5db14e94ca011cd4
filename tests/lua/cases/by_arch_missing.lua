local x = by_arch { arm64 = 'x' }
