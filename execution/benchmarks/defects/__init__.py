"""Known defects put into working projects: which are caught, at which level, and what is said of untouched code."""
