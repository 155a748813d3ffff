"""Somebody from outside looks at a drawn sample for a time, and at no more (reference M4)."""
