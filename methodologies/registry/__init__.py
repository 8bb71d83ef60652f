"""Rules of the register: when a transfer goes, and when an account is trusted."""
