"""What CI systems tell a job and read from it: system, event, log commands, files. Standard library only.

Everyone who talks to a CI system uses this package: the commands, the secret scan, and `action/bootstrap.py`, which
runs before anything is installed. So it imports nothing but `k6ci.lines`, and stays cheap to import.
"""
