"""From accepted atoms to a project on disk: paths, the git workspace, infrastructure, the report, the archive."""
