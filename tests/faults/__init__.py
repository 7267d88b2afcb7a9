"""Vault under fire: processes that die or freeze at named points, databases that go away, random programs of steps."""
