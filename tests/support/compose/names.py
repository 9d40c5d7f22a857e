"""The names of a network: answers who asks by DNS for the address of a service.

`python names.py ADDRESS FILE`: in the file is a line for each container, `ADDRESS NAME`.
"""

from __future__ import annotations

import socket
import struct
import sys
from pathlib import Path

PORT = 53
A, IN, NO_SUCH_NAME = 1, 1, 3
RESPONSE = 0x8180
POINTER_TO_THE_QUESTION = 0xC00C


def answer(query: bytes, known: dict[str, list[str]]) -> bytes:
    """Return what to say; there is nothing but addresses of IPv4."""
    labels, at = [], 12
    while length := query[at]:
        labels.append(query[at + 1 : at + 1 + length].decode())
        at += 1 + length
    (kind,) = struct.unpack_from("!H", query, at + 1)
    addresses = known.get(".".join(labels).lower())
    found = addresses if addresses and kind == A else []
    code = RESPONSE | (NO_SUCH_NAME if addresses is None else 0)
    records = b"".join(
        struct.pack("!HHHIH", POINTER_TO_THE_QUESTION, A, IN, 1, 4) + socket.inet_aton(address)
        for address in found
    )
    header = query[:2] + struct.pack("!HHHHH", code, 1, len(found), 0, 0)
    return header + query[12 : at + 5] + records


def serve(address: str, file: Path) -> None:
    """Answer until it is killed; the file may grow."""
    with socket.socket(type=socket.SOCK_DGRAM) as server:
        server.bind((address, PORT))
        while True:
            query, asker = server.recvfrom(4096)
            known: dict[str, list[str]] = {}
            for line in file.read_text().splitlines():
                where, name = line.split()
                known.setdefault(name, []).append(where)
            server.sendto(answer(query, known), asker)


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]))
