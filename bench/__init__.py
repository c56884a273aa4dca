"""The measuring room: how well the assistant understands and decides, and how fast it answers."""
