from uv import main

main()
