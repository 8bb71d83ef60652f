"""When it happens, and what arrives from outside: a process of its own, `python -m scheduler`."""
