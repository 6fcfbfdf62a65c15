"""A mapping with bounds, for what can be made again."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, MutableMapping
from threading import Lock
from typing import Any, Final, TypeVar

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
_MISSING: Final[Any] = object()


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
        self._lock = Lock()

    def __getitem__(self, key: _Key) -> _Value:
        value = self._entries[key]
        self._touch(key)
        return value

    def get(self, key: _Key, default: Any = None) -> Any:
        """See ``Mapping.get``, which would look for what is missing by an exception."""
        value = self._entries.get(key, _MISSING)
        if value is _MISSING:
            return default
        self._touch(key)
        return value

    def _touch(self, key: _Key) -> None:
        # One step of the interpreter, as every reading is: only what counts bytes needs the lock.
        try:  # noqa: SIM105 - at every step of a verification, and suppress takes as long as all the rest
            self._entries.move_to_end(key)
        except KeyError:
            pass

    def __setitem__(self, key: _Key, value: _Value) -> None:
        size = self._size(value)
        with self._lock:
            entries = self._entries
            before = entries.pop(key, _MISSING)
            if before is not _MISSING:
                self._bytes -= self._size(before)
            if size > self._max_bytes:
                return
            entries[key] = value
            self._bytes += size
            while len(entries) > self._capacity or self._bytes > self._max_bytes:
                self._bytes -= self._size(entries.popitem(last=False)[1])

    def __delitem__(self, key: _Key) -> None:
        with self._lock:
            self._bytes -= self._size(self._entries.pop(key))

    def __iter__(self) -> Iterator[_Key]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
