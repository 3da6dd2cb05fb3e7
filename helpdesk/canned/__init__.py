"""Canned replies: personal ones, and shared ones that somebody else has approved."""
