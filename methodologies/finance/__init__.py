"""Carbon finance: rating, loan pricing, interest subsidies, financed emissions, and the loan prime rate."""
