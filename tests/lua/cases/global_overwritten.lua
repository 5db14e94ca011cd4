service = nil
