"""How odd a session or a class looks: signals with reasons, never a wall (ADR 0020)."""
