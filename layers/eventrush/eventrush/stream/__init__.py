"""The stream: Kafka carries what the gate gave to where it is remembered."""

from eventrush.stream.breaker import GuardedPublisher
from eventrush.stream.message import decode, encode
from eventrush.stream.publisher import Publisher, StreamPublisher
from eventrush.stream.reader import Span, StreamReader
from eventrush.stream.wiring import brokers, connect, reader

__all__ = [
    "GuardedPublisher",
    "Publisher",
    "Span",
    "StreamPublisher",
    "StreamReader",
    "brokers",
    "connect",
    "decode",
    "encode",
    "reader",
]
