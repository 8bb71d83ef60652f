"""One sample monitoring report for each methodology: what its page computes, and what a dry run may start from."""
