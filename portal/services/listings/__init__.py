"""Which institutions may teach for a subsidy: admission, decisions, and what follows from them."""
