"""Short notices from supervisors to everybody at the desk."""
