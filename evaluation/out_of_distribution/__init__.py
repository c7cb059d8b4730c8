"""Images that are not handwritten digits, and scores that may separate them from digits."""
