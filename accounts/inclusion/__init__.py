"""Carbon inclusion: citizens, partners, acts, grams and points, rewards, pooling into credits."""
