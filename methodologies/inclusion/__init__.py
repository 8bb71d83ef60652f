"""Citizens' acts as dated rules: what a ride, a bill, a kilogram of clothes saves, and when it does not count."""
