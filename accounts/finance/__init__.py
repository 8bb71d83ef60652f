"""Banks, loans and subsidies: rates, terms, quotes, loans, daily accruals, funds, the portfolio."""
