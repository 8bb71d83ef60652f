"""Ratios and densities that are the same in every guide."""

from carbon.parameters import load

CONSTANTS = load("methodologies.factors", "constants.toml")
"""By the name a rule gives them."""
