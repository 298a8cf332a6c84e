"""Who may do what: a row for every endpoint, every action of the socket, every page."""
