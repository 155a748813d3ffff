"""Visual parts. They take values and handlers, never a State."""
