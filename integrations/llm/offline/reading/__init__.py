"""From a request in plain words to entities, fields and relations; what was not used is kept and said."""
