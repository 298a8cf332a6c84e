"""Where people watch: the socket that sends what is in the log, and the pages that show it."""
