"""The plain HTTP door: what must work in one round trip, also without JavaScript."""
