"""Views that translate between a browser and the services."""
