"""When things happened: due times as rows, so that each takes effect once, however many schedulers there are."""
