"""What people do in a day at the shop, in a real browser, and what their screens look like."""
