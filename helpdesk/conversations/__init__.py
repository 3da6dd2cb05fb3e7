"""Contacts, customer sessions, conversations, messages and who owns them."""
