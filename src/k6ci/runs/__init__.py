"""One test run from validated options to its end, through the REST API: stored, started, watched, stopped."""
