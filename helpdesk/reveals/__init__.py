"""Seeing what the desk hides of a customer: for a reason, for a while, and noted."""
