"""The public JSON of Trace: readable by anybody, from any origin, without a cookie."""
