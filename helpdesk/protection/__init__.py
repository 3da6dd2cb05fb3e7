"""Asking the host system to protect a customer, and what it confirmed."""
