"""Values that several rules share, each file a table of one document or family of documents."""
