"""From entities to a plan: one task for each file, dependencies read from the files themselves."""
