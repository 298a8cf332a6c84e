"""From entities to the text of every file of a generated project."""
