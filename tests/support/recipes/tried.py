"""What publishes by each recipe: the page's code, and a few lines that call it twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_NODE = """
const [, , id, body] = process.argv;
for (let time = 0; time < 2; time++) await publish(id, JSON.parse(body));
process.exit(0);
"""
_PYTHON = """
import json, sys
for _ in range(2):
    publish(sys.argv[1], json.loads(sys.argv[2]))
"""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A publisher. `commands` run where its files lie, the last of them with id and event."""

    name: str
    code: str
    """The page's file."""
    call: str
    """What publishes the same event twice, as after a crash: another file beside it."""
    file: str
    commands: Sequence[Sequence[str]]
    flow: str
    """The example that texts it."""
    exact: bool = True
    """Its example is this publisher's alone: it has no property or header beyond."""


def _node(name: str, code: str, function: str, flow: str, *, exact: bool = True) -> Recipe:
    call = f'import {{ {function} as publish }} from "./{code}";{_NODE}'
    return Recipe(name, code, call, f"{name}-call.mjs", [["node", f"{name}-call.mjs"]], flow, exact)


def _python(name: str, function: str, flow: str, *, exact: bool = True) -> Recipe:
    call = f"from with_{name} import {function} as publish\n{_PYTHON}"
    file = f"{name}_call.py"
    return Recipe(name, f"with_{name}.py", call, file, [["python", file]], flow, exact)


PARCEL = "amqp-parcel-shipped"
BY_PIP_AND_NPM = (
    _node("amqplib", "amqplib.mjs", "parcelShipped", PARCEL, exact=False),
    _node("structured", "cloudevents.mjs", "orderCreated", "cloudevents-structured-order-created"),
    _node("binary", "cloudevents.mjs", "orderPaid", "cloudevents-binary-order-paid"),
    _node("nestjs", "nestjs.ts", "orderCreated", "nestjs-order-created"),
    _python("pika", "parcel_shipped", PARCEL, exact=False),
    _python("kombu", "parcel_shipped", PARCEL, exact=False),
    _python("celery", "publish", "celery-order-created"),
)

_PHP = """<?php
require 'parcels.php';
['host' => $host, 'port' => $port, 'user' => $user, 'pass' => $password, 'path' => $path] =
    parse_url(getenv('BROKER_URL'));
$channel = open_channel($host, $port, $user, $password, substr($path, 1));
for ($time = 0; $time < 2; $time++) {
    parcel_shipped($channel, $argv[1], json_decode($argv[2], true));
}
$channel->getConnection()->close();
"""
# Its packages are not set up, so no file says that this is loaded.
_PHP_COMMAND = ("php8.4", "-d", "extension=mbstring", "call.php")
_RUBY = """require_relative "parcels"
2.times { parcel_shipped(ARGV[0], JSON.parse(ARGV[1])) }
"""
_GO = """package main

import (
	"context"
	"encoding/json"
	"os"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	connection, err := amqp.Dial(os.Getenv("BROKER_URL"))
	must(err)
	channel, err := connection.Channel()
	must(err)
	must(channel.Confirm(false))
	var parcel struct {
		At time.Time `json:"shipped_at"`
	}
	must(json.Unmarshal([]byte(os.Args[2]), &parcel))
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for i := 0; i < 2; i++ {
		must(parcelShipped(ctx, channel, os.Args[1], parcel.At, []byte(os.Args[2])))
	}
	must(connection.Close())
}
"""
_JAVA = """import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;

class Call {
    public static void main(String[] arguments) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(System.getenv("BROKER_URL"));
        try (Connection connection = factory.newConnection()) {
            Parcels parcels = new Parcels(connection.createChannel());
            String at = arguments[1].replaceAll(".*\\"shipped_at\\": ?\\"([^\\"]*)\\".*", "$1");
            for (int time = 0; time < 2; time++) {
                parcels.shipped(
                    arguments[0],
                    Date.from(Instant.parse(at)),
                    arguments[1].getBytes(StandardCharsets.UTF_8));
            }
        }
    }
}
"""
_JARS = (
    "/usr/share/java/amqp-client.jar:/usr/share/java/slf4j-api.jar:/usr/share/java/slf4j-nop.jar"
)
DEBIAN_13 = (
    "php8.4-cli",
    "php-amqplib",
    "ruby",
    "ruby-bunny",
    "golang-go",
    "golang-github-rabbitmq-amqp091-go-dev",
    "openjdk-21-jdk-headless",
    "librabbitmq-client-java",
)
"""What those of Debian are in."""
BY_DEBIAN = (
    Recipe("php-amqplib", "parcels.php", _PHP, "call.php", [_PHP_COMMAND], PARCEL, exact=False),
    Recipe("bunny", "parcels.rb", _RUBY, "call.rb", [["ruby", "call.rb"]], PARCEL, exact=False),
    Recipe(
        "amqp091",
        "parcels.go",
        _GO,
        "main.go",
        [["go", "build", "-o", "publish", "main.go", "parcels.go"], ["./publish"]],
        PARCEL,
        exact=False,
    ),
    Recipe(
        "java",
        "Parcels.java",
        _JAVA,
        "Call.java",
        [
            ["javac", "-cp", _JARS, "Parcels.java", "Call.java"],
            ["java", "-cp", f"{_JARS}:.", "Call"],
        ],
        PARCEL,
        exact=False,
    ),
)
