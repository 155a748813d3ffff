"""Checks and chores of the repository; nothing here is part of the product."""
