"""Credits: serial blocks, who holds them in which state, transfers, retirement, buffer, external records."""
