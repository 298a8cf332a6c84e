"""TypeScript, TSX, JavaScript and JSX: where they are cut, their names, how their definitions look."""
