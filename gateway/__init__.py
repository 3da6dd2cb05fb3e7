"""The aiohttp edge: channels, the turn worker, the desk and live updates."""
