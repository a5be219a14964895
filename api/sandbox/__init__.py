"""A receiving department for demonstrations and tests: a real HTTP server, not a mock of one."""
