"""The Django and Django REST Framework output: paths, texts and plan of a generated project."""
