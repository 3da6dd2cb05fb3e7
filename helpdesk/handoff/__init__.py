"""From the bot to a person: requests, the queue, claiming and closing."""
