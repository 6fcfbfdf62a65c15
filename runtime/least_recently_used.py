"""A mapping with bounds, for what can be made again."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, MutableMapping
from threading import RLock
from typing import Any, TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class LeastRecentlyUsed(MutableMapping[_Key, _Value]):
    """A mapping that forgets what was not used for longest.

    It holds at most ``capacity`` entries, which ``size`` says fill at most ``max_bytes``; one that
    is larger than that alone is not kept. Threads may share it.
    """

    def __init__(
        self, capacity: int, *, max_bytes: int = 0, size: Callable[[_Value], int] = lambda _value: 0
    ) -> None:
        self._capacity = capacity
        self._max_bytes = max_bytes
        self._size = size
        self._bytes = 0
        self._entries: OrderedDict[_Key, _Value] = OrderedDict()
        self._lock = RLock()

    def __getitem__(self, key: _Key) -> _Value:
        with self._lock:
            value = self._entries[key]
            self._entries.move_to_end(key)
            return value

    def get(self, key: _Key, default: Any = None) -> Any:
        """See ``Mapping.get``, which would look for what is missing by an exception."""
        with self._lock:
            if key not in self._entries:
                return default
            self._entries.move_to_end(key)
            return self._entries[key]

    def __setitem__(self, key: _Key, value: _Value) -> None:
        size = self._size(value)
        with self._lock:
            if key in self._entries:
                del self[key]
            if size > self._max_bytes:
                return
            self._entries[key] = value
            self._bytes += size
            while len(self._entries) > self._capacity or self._bytes > self._max_bytes:
                del self[next(iter(self._entries))]

    def __delitem__(self, key: _Key) -> None:
        with self._lock:
            self._bytes -= self._size(self._entries.pop(key))

    def __iter__(self) -> Iterator[_Key]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
