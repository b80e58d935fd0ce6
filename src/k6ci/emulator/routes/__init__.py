"""The routes of the emulator, one module per resource of the API; each offers `routes(services)`."""
