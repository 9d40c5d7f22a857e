"""Which of many topic patterns want a routing key, without asking one after the other."""

from __future__ import annotations

from collections.abc import Iterable


class _Node:
    """What patterns have in common up to here, and how they go on."""

    __slots__ = ("ends", "hash", "is_hash", "star", "words")

    def __init__(self, *, is_hash: bool = False) -> None:
        self.is_hash = is_hash
        self.words: dict[str, _Node] = {}
        self.star: _Node | None = None
        self.hash: _Node | None = None
        self.ends: list[int] = []
        """The places of the patterns that end here."""

    def then(self, word: str) -> _Node:
        """Return the node behind a word of a pattern."""
        if word == "#":
            self.hash = self.hash or _Node(is_hash=True)
            return self.hash
        if word == "*":
            self.star = self.star or _Node()
            return self.star
        return self.words.setdefault(word, _Node())


class Topics:
    """AMQP topic patterns as one tree of words (AMQP 0-9-1, topic exchange).

    `patterns` come each with a place; several may have the same. Matching takes time by the routing
    key's words and what of the tree they reach, not by how many patterns there are.
    """

    def __init__(self, patterns: Iterable[tuple[str, int]]) -> None:
        self._root = _Node()
        for pattern, place in patterns:
            node = self._root
            for word in words(pattern):
                node = node.then(word)
            node.ends.append(place)

    def wanting(self, routing_key: str) -> list[int]:
        """Return the places of the patterns that want a routing key, each once, in order."""
        reached = _with_hashes({self._root})
        for word in words(routing_key):
            following = {node for node in reached if node.is_hash}
            for node in reached:
                if (child := node.words.get(word)) is not None:
                    following.add(child)
                if node.star is not None:
                    following.add(node.star)
            reached = _with_hashes(following)
        return sorted({place for node in reached for place in node.ends})


def words(dotted: str) -> list[str]:
    """Split a pattern or a routing key; one without a word has none."""
    return dotted.split(".") if dotted else []


def _with_hashes(nodes: set[_Node]) -> set[_Node]:
    """Add the nodes that are reached where a `#` stands for no word."""
    waiting = list(nodes)
    while waiting:
        behind = waiting.pop().hash
        if behind is not None and behind not in nodes:
            nodes.add(behind)
            waiting.append(behind)
    return nodes
