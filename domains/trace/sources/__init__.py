"""Where specifications come from."""
