"""A sample city to try everything on: invented organisations, marked 示例, made through the real use-cases."""
