"""What is sent, judged or decided a second time: how drops stand, files of changes, marked files that come back, held rows, replays."""
