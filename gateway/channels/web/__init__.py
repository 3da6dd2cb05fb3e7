"""The web widget and the app's REST channel (docs/protocol.md, sections 1 and 2)."""
