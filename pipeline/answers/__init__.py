"""What forces answer: to queries, and to whether two of them recorded one assault."""
