"""Which events mean that something waits for a person, who is told, and in which words."""
