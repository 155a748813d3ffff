"""Pages of village helpers; what they do for somebody stands in ``http/helping*.py``."""
