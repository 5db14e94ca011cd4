image.from = nil
