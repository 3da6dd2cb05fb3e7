"""Messages to systems and conversations that leave after the commit: kept, retried, dead-lettered and replayed."""
