"""A plan in Jira: what it is there, and the export that brings and keeps it there; and the same as a CSV."""
