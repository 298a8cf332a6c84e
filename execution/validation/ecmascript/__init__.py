"""TypeScript and JavaScript: what can be said without running anything, and the project's own tools in the sandbox."""
