"""Of kombu and py-amqp."""

from __future__ import annotations

import inspect
from operator import attrgetter

import amqp
import kombu
from amqp import method_framing, serialization, spec
from amqp.transport import TCPTransport
from kombu.transport import pyamqp

from support.borrowed.row import Borrowed, shape

ADDRESS = "broker/rabbitmq/address.py"
DECLARE = "broker/rabbitmq/declare.py"
FRAMES_IN = "broker/rabbitmq/frames_in.py"
FRAMES_OUT = "broker/rabbitmq/frames_out.py"
INSPECT = "broker/rabbitmq/inspect.py"
LINK = "broker/rabbitmq/link.py"
ASIDE = "broker/rabbitmq/asides/aside.py"
OUTLET = "broker/rabbitmq/outlet.py"
PROPERTIES = "broker/rabbitmq/properties.py"
SESSION = "broker/rabbitmq/session.py"
WRITER = "connection, transport, pack, pack_into, range, len, bytes, str_to_bytes, text_t"

CONNECTION = amqp.Connection()
CHANNEL = pyamqp.Channel(CONNECTION)

KOMBU_AND_AMQP = [
    Borrowed(
        "kombu",
        "connection.Connection._connection",
        (LINK,),
        "Its property connects anew where the connection is gone; nothing else asks for it.",
        lambda: vars(kombu.Connection)["_connection"],
        "None",
    ),
    Borrowed(
        "kombu",
        "connection.Connection.connection",
        (LINK,),
        "kombu says not to depend on what it is. Its own calls wait, and none may on a loop.",
        lambda: kombu.Connection.connection,
        "property",
    ),
    Borrowed(
        "kombu",
        "connection.Connection.collect",
        (LINK,),
        "`release` and `close` say goodbye first, and a frozen broker never answers.",
        lambda: kombu.Connection.collect,
        "(self, socket_timeout)",
    ),
    Borrowed(
        "kombu",
        "transport.pyamqp.Connection.channel",
        (LINK, SESSION),
        "What it returns is used as py-amqp's: kombu's producers and consumers wait.",
        lambda: issubclass(pyamqp.Connection.Channel, amqp.Channel),
        "True",
    ),
    Borrowed(
        "amqp",
        "abstract_channel.AbstractChannel.connection",
        (DECLARE, INSPECT),
        "A channel of its own for a question that may close it; kombu's entities are bound to one.",
        lambda: CHANNEL.connection is CONNECTION,
        "True",
    ),
    Borrowed(
        "amqp",
        "abstract_channel.AbstractChannel.send_method",
        (ASIDE, OUTLET, SESSION),
        "`basic_qos` and `queue_declare` wait for their answer, and the loop that would read it "
        "waits with them.",
        lambda: amqp.Channel.send_method,
        "(self, sig, format, args, content, wait, callback, returns_tuple)",
    ),
    Borrowed(
        "amqp",
        "spec",
        (ASIDE, OUTLET, SESSION),
        "The numbers of the methods that are sent so, and of their answers.",
        lambda: (
            spec.Basic.Qos,
            spec.Confirm.Select,
            *(spec.Queue.Declare, spec.Queue.DeclareOk),
            *(spec.Queue.Bind, spec.Queue.BindOk),
        ),
        "((60, 10), (85, 10), (50, 10), (50, 11), (50, 20), (50, 21))",
    ),
    Borrowed(
        "amqp",
        "spec.Channel",
        (ASIDE, OUTLET),
        "The same, where the broker closes a channel that is to be opened again.",
        lambda: (spec.Channel.Open, spec.Channel.Close, spec.Channel.CloseOk),
        "((20, 10), (20, 40), (20, 41))",
    ),
    Borrowed(
        "amqp",
        "abstract_channel.AbstractChannel._callbacks",
        (ASIDE, OUTLET),
        "Where an answer goes for which nothing waits. What stands there is called with the "
        "method's arguments; `_on_close` would raise, and end the session.",
        lambda: attrgetter("_callbacks")(CHANNEL)[spec.Channel.Close],
        "(reply_code, reply_text, class_id, method_id)",
    ),
    Borrowed(
        "amqp",
        "method_framing.frame_writer",
        (ADDRESS, FRAMES_OUT),
        "The frames of one turn go out in one send; py-amqp sends each by itself.",
        lambda: method_framing.frame_writer,
        f"({WRITER})",
    ),
    Borrowed(
        "amqp",
        "connection.Connection(frame_writer)",
        (ADDRESS,),
        "The hook for it: a parameter that no documentation names.",
        lambda: inspect.signature(amqp.Connection).parameters["frame_writer"].default,
        f"({WRITER})",
    ),
    Borrowed(
        "amqp",
        "transport.TCPTransport.write",
        (FRAMES_OUT,),
        "What `frame_writer` is given to write with, and all that it calls.",
        lambda: TCPTransport.write,
        "(self, s)",
    ),
    Borrowed(
        "amqp",
        "connection.Connection.on_inbound_frame",
        (FRAMES_IN,),
        "`drain_events` reads, and spins in the middle of a frame. This takes a whole one, and "
        "after a content header that it cannot read it waits for another.",
        lambda: (
            shape(amqp.Connection.on_inbound_frame),
            shape(method_framing.frame_handler(CONNECTION, None)),
        ),
        "('property', '(frame)')",
    ),
    Borrowed(
        "amqp",
        "connection.Connection.transport",
        (FRAMES_IN, LINK),
        "The way to the socket.",
        lambda: amqp.Connection.transport,
        "property",
    ),
    Borrowed(
        "amqp",
        "transport.TCPTransport.sock",
        (FRAMES_IN, LINK),
        "To read without waiting, to end a wait, and to bound a goodbye: there is no call for any.",
        lambda: TCPTransport("localhost").sock,
        "None",
    ),
    Borrowed(
        "amqp",
        "connection.Connection.sock",
        (LINK,),
        "The descriptor for the loop; kombu's own hook for a loop never takes it back.",
        lambda: amqp.Connection.sock,
        "property",
    ),
    Borrowed(
        "amqp",
        "connection.Connection.connected",
        (LINK,),
        "Asked before `transport`, which would connect a connection that is gone anew.",
        lambda: amqp.Connection.connected,
        "property",
    ),
    Borrowed(
        "amqp",
        "connection.Connection.client_properties",
        (LINK,),
        "With `connection.blocked` in its capabilities every publish drains events, and without "
        "it in the handshake the broker tells us nothing: it is taken out in between.",
        lambda: (
            type(CONNECTION.client_properties).__name__,
            amqp.Connection.negotiate_capabilities["connection.blocked"],
        ),
        "('dict', True)",
    ),
    Borrowed(
        "amqp",
        "channel.Channel._do_revive",
        (LINK,),
        "A channel that the broker closes is opened anew, which waits; there is no switch for it.",
        lambda: vars(amqp.Channel)["_do_revive"],
        "(self)",
    ),
    Borrowed(
        "amqp",
        "channel.Channel.auto_decode",
        (LINK,),
        "Bodies are bytes. It is a parameter, but kombu makes the channel.",
        lambda: CHANNEL.auto_decode,
        "True",
    ),
    Borrowed(
        "amqp",
        "channel.Channel.events",
        (OUTLET,),
        "Confirms and returns. It is documented as a mapping of lists, and is one of sets.",
        lambda: CHANNEL.events["basic_ack"],
        "set()",
    ),
    Borrowed(
        "amqp",
        "connection.Connection.server_properties",
        (INSPECT,),
        "What the broker calls itself, and its version.",
        lambda: CONNECTION.server_properties,
        "{}",
    ),
    Borrowed(
        "amqp",
        "connection.Connection.frame_max",
        (LINK,),
        "What was agreed in the handshake: what is larger ends the connection.",
        lambda: CONNECTION.frame_max,
        "131072",
    ),
    Borrowed(
        "amqp",
        "basic_message.Message.PROPERTIES",
        (PROPERTIES,),
        "Where in a content header the table is: py-amqp reads all of it or nothing.",
        lambda: [kind for _, kind in amqp.Message.PROPERTIES],
        "['s', 's', 'F', 'o', 'o', 's', 's', 's', 's', 'L', 's', 's', 's', 's']",
    ),
    Borrowed(
        "amqp",
        "serialization.loads",
        (PROPERTIES,),
        "Which of a table's entries py-amqp can read; it reads a table or none.",
        lambda: (shape(serialization.loads), serialization.loads("F", bytes(4), 0)),
        "('(format, buf, offset)', ([{}], 4))",
    ),
    Borrowed(
        "amqp",
        "serialization.GenericContent._serialize_properties",
        (PROPERTIES,),
        "How large properties are once written, and whether they can be.",
        lambda: vars(serialization.GenericContent)["_serialize_properties"],
        "(self)",
    ),
    Borrowed(
        "kombu",
        "transport.pyamqp.Transport",
        (ADDRESS,),
        "It makes the connection: a place for one that lets its socket go however connecting ends.",
        lambda: pyamqp.Transport.Connection is pyamqp.Connection,
        "True",
    ),
    Borrowed(
        "amqp",
        "connection.Connection.connect",
        (ADDRESS,),
        "It closes its socket for an OSError alone, and raises much else.",
        lambda: amqp.Connection.connect,
        "(self, callback)",
    ),
]
