"""What the demo is made of: institutions, programmes and names as tables."""
