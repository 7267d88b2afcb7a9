"""Services that Vault talks to, as real servers on this machine."""
