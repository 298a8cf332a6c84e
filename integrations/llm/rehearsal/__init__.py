"""A local server that speaks the Messages API and answers by the offline engine.

For rehearsing what a vendor does, at no cost: the anthropic provider in tests, benchmarks and demonstrations, with
streams, usage and a prompt cache that behaves as the vendor's. `manage.py messages_server` starts it.
"""
