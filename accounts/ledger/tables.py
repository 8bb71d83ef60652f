"""Tables of the room accounts/ledger."""
