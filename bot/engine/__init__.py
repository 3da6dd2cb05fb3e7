"""The Rasa server as we run it: launcher, gateway channel and the guarded changes to Rasa."""
