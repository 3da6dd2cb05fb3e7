"""Running Xiaobao on one machine from a checkout."""
