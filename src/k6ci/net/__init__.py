"""Downloads without a token, and which certificates are trusted."""
