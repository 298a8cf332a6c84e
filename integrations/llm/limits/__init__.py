"""What keeps calls within a provider's limits, shared by all workers in Redis: admission, circuit breaker, warming.

Redis is no condition for making calls: without it every process goes on by itself, within a part of the limits.
"""
