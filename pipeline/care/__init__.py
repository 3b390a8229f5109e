"""What keeps a home well: its doctor, the log, backups and restoring them."""
