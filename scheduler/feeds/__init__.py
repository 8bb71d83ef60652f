"""One outside source each: fetched through one guarded client, parsed by a pure function."""
