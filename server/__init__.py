"""Web server of the page and the API on one port."""
