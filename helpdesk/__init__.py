"""The product's rules and data; knows neither Rasa nor aiohttp."""
