"""Pages of Club."""
