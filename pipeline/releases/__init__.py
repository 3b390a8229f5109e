"""What is done with releases besides building one: marks, signatures, sign-off, what changed, and what is behind a figure."""
