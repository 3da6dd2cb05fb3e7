"""Suspicions of the gray industry: raised by the bot with evidence, decided by people, never shown to the customer."""
