"""What CI systems read from a job's output, for everyone who writes to it. Standard library only."""
