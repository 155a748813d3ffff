"""A portal for government-subsidised vocational training."""
