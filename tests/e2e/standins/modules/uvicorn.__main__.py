from uvicorn import main

main()
