"""Files that people send: what is accepted, where it is kept, who may have it, and what is removed."""
