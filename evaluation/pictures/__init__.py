"""Kinds of pictures that people send: photographs, boards, forms, drawings with more than a digit."""
