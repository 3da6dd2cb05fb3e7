"""Alerts to the people on call: what is worth one, to whom it goes, and when it is over."""
