"""Python: where it is cut, which names it binds and reads, how its definitions look."""
