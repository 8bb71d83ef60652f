"""Verification: rounds, cases, samples, findings and signed opinions on an enterprise's year."""
