"""Asking other machines at addresses that people have entered, without being led to where nobody may ask.

`addresses` says which are refused, `resolve` finds and checks them, `client` asks, `links` reads Link headers.
"""
