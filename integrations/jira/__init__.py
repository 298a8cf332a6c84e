"""Jira's REST API, version 3: what a site offers, issues, versions and links. It knows nothing of plans."""
