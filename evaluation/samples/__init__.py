"""Pictures of test images for the page, the report and the function."""
