"""Files that are verified, forged and generated: what is accepted, and what never."""
