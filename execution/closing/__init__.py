"""The last stages: infrastructure, the project's own tests, the report."""
