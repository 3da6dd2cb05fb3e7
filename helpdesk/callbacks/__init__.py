"""Calls that customers wish for while nobody can answer: when, to which number, and what became of it."""
