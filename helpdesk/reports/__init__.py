"""Figures over what happened: each with its formula, numerator, denominator and sample."""
