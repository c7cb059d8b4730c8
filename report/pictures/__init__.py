"""Parts of the report on corrupted images, kinds of pictures, and pictures that are not one digit."""
