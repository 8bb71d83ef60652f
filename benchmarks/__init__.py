"""Speed, as ratios against something everyone can run; never part of the tests."""
