"""Notes that colleagues leave each other in a conversation, and whom they concern; customers never see them."""
