"""What runs on the other side: a launcher that builds the view, starts the command and watches it.

It is started anew for every run, so it imports only the cheapest parts of the standard library.
"""
