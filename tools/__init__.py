"""Programs around Vault that are no part of the site: the starter, the screenshots, the benchmark runner."""
