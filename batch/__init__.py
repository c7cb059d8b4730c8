"""Classification of any number of pictures: `python -m batch INPUT OUTPUT`."""
