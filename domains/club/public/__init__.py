"""The public JSON of Club: readable by anybody, from any origin, without a cookie."""
