"""Filters of conversations, saved by agents under a name."""
