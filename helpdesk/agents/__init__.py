"""The people at the desk: accounts, passwords and desk sessions."""
