"""What is scanned: files, archives, ranges of commits, and what kind of text each holds."""
