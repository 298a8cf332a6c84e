"""One socket, ``/ws/``: whoever joins a stream gets what is in the log, in order, and then what comes."""
