"""Pages of an employer."""
