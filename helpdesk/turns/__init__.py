"""What becomes of a bot turn: replies stored, questions kept, conversations handed over, in one transaction."""
