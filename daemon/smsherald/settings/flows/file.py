"""One flow file into a `Flow`: its templates are compiled here, so that errors have a place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from smsherald.errors import Problem, UnusableError
from smsherald.events.schemas import EventSchema
from smsherald.flows import (
    ITEM,
    UNWRAPPED,
    Condition,
    Each,
    Flow,
    Here,
    Route,
    Shape,
    Template,
    TemplateError,
    Unwrap,
    Way,
    matches,
)
from smsherald.model import Account, OnUnknown
from smsherald.settings.assemble import FlowDefaults
from smsherald.settings.flows.constants import (
    checked_link,
    checked_number,
    text_template,
    value_template,
)
from smsherald.settings.flows.own import schema_of
from smsherald.settings.flows.schema import FlowSchema
from smsherald.settings.flows.trial.made import flow_test
from smsherald.settings.flows.unknown import said
from smsherald.settings.keys import load, locate, named
from smsherald.settings.shapes import name
from smsherald.settings.yaml.places import Document, Path
from smsherald.settings.yaml.within import within
from smsherald.sms import is_long_name, sender

_Compiled = TypeVar("_Compiled")

EVERY_ITEM = f"{{{{ {ITEM} }}}}"
"""The `to` of a flow whose list holds the numbers themselves."""


def read_flow(
    document: Document, stem: str, on: FlowDefaults
) -> tuple[str | None, Flow | None, list[Problem]]:
    """Return the flow's id, the flow, and all that is wrong with it.

    `stem` is the file's name without its ending. There is no flow where something is wrong with
    it, or with the settings of its account.
    """
    return _Maker(document, stem, on).make()


class _Maker:
    def __init__(self, document: Document, stem: str, on: FlowDefaults) -> None:
        self._document = document
        self._stem = stem
        self._on = on
        self._data, findings = load(FlowSchema, document)
        self._problems = [locate(document, path, message) for path, message in findings]

    def make(self) -> tuple[str | None, Flow | None, list[Problem]]:
        data = self._data
        flow_id = self._id()
        schema, names = self._schema()
        account = self._account()
        said_region = data.get("region", self._on.region)
        region = self._on.region if "{" in said_region else said_region
        here = Here(time_zone=data.get("time_zone", self._on.time_zone))
        texts = schema.texts() if schema else frozenset[str]()
        condition = partial(Condition, names=names, texts=texts, here=here)
        when = self._compile(("when",), data.get("when"), condition)
        unwrap = self._compile(
            ("unwrap",), data.get("unwrap"), partial(Unwrap, names=frozenset({"event"}))
        )
        to_each = self._compile(
            ("to_each",), data.get("to_each"), partial(Each, names=names, here=here)
        )
        several = self._given("to_each")
        if names is not None and several:
            names |= {ITEM}
        strict: Callable[[str], Template] = partial(value_template, names=names, here=here)
        lenient: Callable[[str], Template] = partial(
            value_template, lenient=True, names=names, here=here
        )
        default = EVERY_ITEM if several else None
        roots = frozenset({schema.name, ITEM}) if schema and schema.is_shipped else frozenset[str]()

        def number(source: str) -> Way:
            read = checked_number(strict(source), region, regional="{" in said_region)
            return Way.of(read, roots)

        to = self._all("to", data.get("to", default and [default]) or [], number)
        consent = self._compile(
            ("consent",), data.get("consent"), partial(condition, names=names, consent=True)
        )
        messages = self._messages(names, here)
        locale = self._compile(("locale",), data.get("locale"), lenient)
        reference = self._compile(("reference",), data.get("reference"), strict)
        from_ = self._compile(("from",), data.get("sender"), lenient)
        account = self._literal_sender(account, from_, region)
        once = self._compile(("once",), data.get("once"), strict)
        of_event = said_region if "{" in said_region else None
        regional = self._compile(("region",), of_event, lenient)
        media = self._all("media", data.get("media", []), lambda link: checked_link(lenient(link)))
        self._reads_itself(data)
        if self._problems or account is None or flow_id is None or not to:
            return flow_id, None, self._problems
        flow = Flow(
            id=flow_id,
            subscribe=tuple(data["subscribe"]),
            schema=schema,
            when=when,
            to_each=to_each,
            to=tuple(to),
            messages=messages,
            locale=locale,
            reference=reference,
            account=account,
            sender=from_,
            default_region=region,
            max_age=data.get("max_age", self._on.max_age),
            on_unknown=OnUnknown(data.get("on_unknown", self._on.on_unknown)),
            unwrap=unwrap,
            region=regional,
            once=once,
            shape=Shape(
                gsm7=data.get("encoding") == "gsm7",
                most=data.get("max_segments"),
                cut=data.get("too_long") == "cut",
            ),
            media=tuple(media),
            options=data.get("options", {}),
            consent=consent,
            shadow=data.get("mode") == "shadow",
            publish=data.get("publish"),
            tests=tuple(
                flow_test(index, test, data["subscribe"])
                for index, test in enumerate(data["tests"])
            ),
        )
        return flow_id, flow, []

    def _wrong(self, path: Path, message: str) -> None:
        self._problems.append(locate(self._document, path, message))

    def _given(self, key: str) -> bool:
        """Whether the file has a key, be its value right or wrong."""
        return isinstance(self._document.data, dict) and key in self._document.data

    def _id(self) -> str | None:
        if self._given("id"):
            return self._data.get("id")
        try:
            return name(self._stem)
        except ValueError as error:
            self._wrong((), f"the file's name is the flow's id and {error}; `id:` gives another")
            return None

    def _schema(self) -> tuple[EventSchema | None, frozenset[str] | None]:
        """Find the schema and the names that templates may use: any where the schema is wrong."""
        if not self._given("schema"):
            unwrapped = frozenset({UNWRAPPED}) if self._given("unwrap") else frozenset[str]()
            return None, frozenset({"event"}) | unwrapped
        if "schema" not in self._data:
            return None, None
        try:
            schema = schema_of(self._data["schema"])
        except ValueError as error:
            self._wrong(("schema",), str(error))
            return None, None
        return schema, frozenset({"event", schema.name})

    def _account(self) -> Account | None:
        wanted = self._data.get("account")
        if wanted is None:
            wanted = self._on.default_account
            return self._on.accounts.get(wanted) if wanted else None
        if self._on.accounts and wanted not in self._on.accounts:
            known = ", ".join(self._on.accounts)
            self._wrong(("account",), f"no account is called `{wanted}`: there is {known}")
        return self._on.accounts.get(wanted)

    def _literal_sender(
        self, account: Account | None, read: Template | None, region: str
    ) -> Account | None:
        """Check that a sender without a template is one that the account owns.

        Returns the account, which owns it where nobody knows what that owns.
        """
        text = None if read is None else read.source
        if text is None or account is None or "{{" in text or "{%" in text:
            return account
        hint = " (`${…}` works in settings only)" if "${" in text else ""
        try:
            wanted = sender(text, region)
        except UnusableError:
            wanted = None
        if wanted is not None and account.name in self._on.unknown:
            return replace(account, senders=account.senders | {wanted})
        if wanted not in account.senders:
            self._wrong(
                ("from",),
                f"a name has at most 11 characters, and this has {len(text)}"
                if is_long_name(text)
                else f"is no sender of the account `{account.name}`{hint}: "
                "its settings name them in `from` and `senders`",
            )
        return account

    def _all(
        self, key: str, texts: Sequence[str], make: Callable[[str], _Compiled]
    ) -> list[_Compiled]:
        """Compile what may stand alone or in a list."""
        single = not isinstance(self._document.data[key], list) if self._given(key) else True
        made = (
            self._compile((key,) if single else (key, index), text, make)
            for index, text in enumerate(texts)
        )
        return [each for each in made if each is not None]

    def _reads_itself(self, data: Mapping[str, Any]) -> None:
        """Refuse a flow that would be brought its own events, one after the other."""
        key = data.get("publish")
        # What is published has no name, and goes to our own exchange.
        own = [each.pattern for each in data.get("subscribe", []) if _is_own(each)]
        if key is not None and any(matches(pattern, key) for pattern in own):
            self._wrong(("publish",), "the flow subscribes to this key itself: it would never end")

    def _compile(
        self, path: Path, text: str | None, make: Callable[[str], _Compiled]
    ) -> _Compiled | None:
        if text is None:
            return None
        try:
            return make(text)
        except TemplateError as error:
            place = (
                self._document.at(path)
                if error.column is None
                else within(self._document, path, error.line, error.column)
            )
            bare = not (self._given("schema") or self._given("unwrap"))
            self._problems.append(place.problem(f"{named(path)}: {said(error, bare=bare)}"))
            return None

    def _messages(self, names: frozenset[str] | None, here: Here) -> dict[str, Template]:
        made: dict[str, Template] = {}
        for locale, source in self._data.get("message", {}).items():
            path: Path = ("message", locale) if locale else ("message",)
            there = Here(locale, here.time_zone) if locale else here
            compiled = self._compile(path, source, partial(text_template, names=names, here=there))
            if compiled is not None:
                made[locale] = compiled
        return made


def _is_own(route: object) -> bool:
    """Say whether a route asks for no more than a key of our own exchange."""
    return isinstance(route, Route) and route == Route(key=route.key)
