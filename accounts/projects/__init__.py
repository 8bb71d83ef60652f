"""Reduction projects: their legal path, documents, monitoring, verification and issuance."""
