"""The audit trail beyond its rows: sealed blocks, search, what is handed out of it."""
