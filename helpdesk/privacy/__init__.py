"""What must never be stored, and what must never be asked for; pure functions."""
