"""Pages of reviewers from outside."""
