"""Tables of the room accounts/enterprise."""
