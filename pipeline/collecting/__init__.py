"""What has come in for each month, what has not, nil returns, and whom to remind."""
