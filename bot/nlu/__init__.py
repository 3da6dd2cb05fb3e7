"""Graph components of the NLU pipeline, one a file, and the plain functions they rest on."""
