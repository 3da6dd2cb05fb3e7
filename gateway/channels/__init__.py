"""One folder a channel; channels never import each other."""
