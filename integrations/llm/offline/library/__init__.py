"""What people expect of common records: their fields and relations, in English and Spanish words."""
