"""Voluntary-reduction methodologies: NAME.py holds the formulas, NAME.toml the words, numbers and conditions."""
