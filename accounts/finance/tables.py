"""Tables of the room accounts/finance."""
