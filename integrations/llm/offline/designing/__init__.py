"""From what a request says besides its records to the design of the service: access, rules, outside services."""
