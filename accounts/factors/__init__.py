"""Emission factors: the library, imported tables, and an enterprise's own with evidence and reviewer."""
