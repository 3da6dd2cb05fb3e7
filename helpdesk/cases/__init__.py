"""Cases: numbered matters with an append-only, hash-chained timeline."""
