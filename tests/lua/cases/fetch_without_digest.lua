local x = fetch { 'https://example.com/x.tar.gz' }
