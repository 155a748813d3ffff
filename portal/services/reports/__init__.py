"""Quarterly and annual reports: drafted, frozen, countersigned, told to the public."""
