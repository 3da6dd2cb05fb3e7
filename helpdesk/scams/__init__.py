"""Scams: what a victim is told and asked, and what is kept for the people who help."""
