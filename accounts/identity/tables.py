"""Tables of the room accounts/identity."""
