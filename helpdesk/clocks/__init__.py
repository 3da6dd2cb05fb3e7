"""Clocks: one row a promise, with its pauses, warnings and breach."""
