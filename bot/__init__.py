"""What runs inside Rasa: NLU components, the training-data importer and the private channel."""
