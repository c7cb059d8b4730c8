"""A picture of a drawn digit goes in; ten probabilities come out, from a neural network or a decision tree."""
