"""The public log: entries, evidence digests and approvals as leaves of one Merkle tree that strangers can check."""
