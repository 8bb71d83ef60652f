"""Sessions over HTTP: the cookie, the token against forgery, the end."""

