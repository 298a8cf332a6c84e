"""Users are named by their names. One that is not here yet is made: inactive, without a password."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

from common.portable.errors import refusal


class People:
    """Keys by name; ``made`` are those who were not here."""

    def __init__(self, *, instead: dict[str, str]) -> None:
        self._instead = instead
        self._keys: dict[str, int] = {}
        self.made: list[str] = []

    def named(self, name: str) -> str:
        """Who is meant here by a name of the document."""
        return self._instead.get(name, name)

    def key(self, name: str) -> int:
        """Raises ``BadDocument`` for what is no name of a user."""
        if name not in self._keys:
            self._keys[name] = self._found_or_made(name)
        return self._keys[name]

    def _found_or_made(self, name: str) -> int:
        users = get_user_model()._default_manager
        found = users.filter(username=name).values_list("pk", flat=True).first()
        if found is not None:
            return int(found)
        try:
            get_user_model()._meta.get_field("username").clean(name, None)
        except ValidationError as error:
            raise refusal(f"{name[:60]!r} is no name of a user: {' '.join(error.messages)}") from None
        user = users.create(username=name, is_active=False)
        user.set_unusable_password()
        user.save(update_fields=["password"])
        self.made.append(name)
        return int(user.pk)
