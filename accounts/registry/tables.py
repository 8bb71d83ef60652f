"""Tables of this room; only tables live here, so that migrations find them all."""
