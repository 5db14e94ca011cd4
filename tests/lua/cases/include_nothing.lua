include 'services/*/Buildfile.lua'
