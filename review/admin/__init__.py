"""The admin of reviews, made for people who decide many of them."""

from review.admin import queue, records

__all__ = ["queue", "records"]
