"""Custom actions of the bot: they read the tracker, call helpdesk and name a response."""
