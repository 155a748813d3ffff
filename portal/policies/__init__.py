"""Policy packs: what the policy documents say, as checked data with a source."""
