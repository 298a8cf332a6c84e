"""FastAPI with SQLAlchemy: where files stand, what they hold, in which order they are planned."""
