"""Thin Reflex states, one file a page group: guard, call one service, assign one view."""
