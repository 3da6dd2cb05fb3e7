"""What customers say of the service they got."""
