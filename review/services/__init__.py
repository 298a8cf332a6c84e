"""What can be done with reviews; one module per kind of doing."""
