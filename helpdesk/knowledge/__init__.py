"""Approved articles: parsing, checking, serving and searching them."""
