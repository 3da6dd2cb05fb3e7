"""When people are there to answer: hours, holidays and make-up working days."""
