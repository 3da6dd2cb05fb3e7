"""The agents' side of the gateway (docs/protocol.md, section 3)."""
