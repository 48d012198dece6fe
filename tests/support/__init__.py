"""What many tests share: databases of their own, recorded statements, a live server with a browser."""
