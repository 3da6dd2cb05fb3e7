"""Teams of agents and what they are skilled in."""
