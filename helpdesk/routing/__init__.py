"""Who gets a waiting conversation: a pure decision, and offers made by it."""
