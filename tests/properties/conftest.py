"""Hypothesis on a busy machine: an example may take its time."""

from hypothesis import settings

settings.register_profile("patient", deadline=None, print_blob=True)
settings.load_profile("patient")
