"""npm packages that check the page."""
