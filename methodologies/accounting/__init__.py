"""Emissions from activities. One rule is a pair NAME.py and NAME.toml; docs/adding-a-rule.md shows how."""
