"""Two portals on one machine."""
