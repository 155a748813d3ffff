"""One folder an audience."""
