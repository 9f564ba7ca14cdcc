"""What the project costs and what it can do, in figures."""
