"""Frames on a pipe: a length of four bytes, then one message in MessagePack; it must not know processes or torch."""

from __future__ import annotations

import struct
from typing import IO, Final, TypeVar

import msgspec

from engine.errors import EngineError
from engine.service.messages import MAX_FRAME_BYTES

_LENGTH: Final = struct.Struct(">I")
_Message = TypeVar("_Message")


def encode(message: msgspec.Struct) -> bytes:
    """Write a message as one frame.

    Raises:
        EngineError: it is longer than a frame may be.
    """
    body = msgspec.msgpack.encode(message)
    if len(body) > MAX_FRAME_BYTES:
        raise EngineError(
            f"a message of {len(body) // 2**20} MiB is longer than the {MAX_FRAME_BYTES // 2**20} allowed"
        )
    return _LENGTH.pack(len(body)) + body


def read(stream: IO[bytes], decoder: msgspec.msgpack.Decoder[_Message]) -> _Message | None:
    """Wait for the next message of a stream; None at its end.

    Raises:
        EngineError: the stream broke off within a frame, or the frame is no message.
    """
    head = _exactly(stream, _LENGTH.size)
    if not head:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > MAX_FRAME_BYTES:
        raise EngineError(f"a frame of {length} bytes is longer than the {MAX_FRAME_BYTES} allowed")
    body = _exactly(stream, length)
    if len(body) < length:
        raise EngineError("the stream broke off within a message")
    try:
        return decoder.decode(body)
    except msgspec.DecodeError as error:
        raise EngineError(f"a frame is no message: {error}") from error


def _exactly(stream: IO[bytes], count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        part = stream.read(count - len(parts))
        if not part:
            break
        parts += part
    if parts and len(parts) < count and count == _LENGTH.size:
        raise EngineError("the stream broke off within a message")
    return bytes(parts)
