"use strict";

// Puts what the daemon says into the page. What is the same as a moment ago is left alone: who
// reads it with a screen reader, or has selected some of it, is not disturbed.

const MINUTES = 60;
const HIGH = 20; // of a plot, in the units of its drawing: a minute is one wide

const shown = new Map(); // by the name of a part of the page: what it shows, as JSON
const rows = new Map(); // by an event, as JSON: its row

// Calls `make` for the children of a part of the page, unless it shows the same already.
function fill(id, what, make) {
  const now = JSON.stringify(what);
  if (shown.get(id) === now) return;
  shown.set(id, now);
  byId(id).replaceChildren(...make(what));
}

function moment(at, withDate = true) {
  const date = new Date(at * 1000);
  const text = withDate ? date.toLocaleString() : date.toLocaleTimeString();
  const made = element("time", "", text);
  made.dateTime = date.toISOString();
  made.title = date.toISOString();
  return made;
}

function none(text) {
  return element("li", "none", text);
}

function showVerdict(said) {
  byId("verdict").className = `card verdict ${said.tone}`;
  write(byId("headline"), said.headline);
  byId("since").hidden = true;
  const checks = Object.entries(said.components).map(([name, { problem, seconds }]) => {
    const from = problem && seconds !== null ? said.at - seconds : null;
    return { name, problem, from: from === null ? null : Math.round(from) };
  });
  const stalled = Object.entries(said.stalled).map(([name, seconds]) => ({
    name, problem: `no progress for ${Math.round(seconds)} s: only a restart helps`, from: null,
  }));
  fill("checks", [...checks, ...stalled], (all) => all.map(({ name, problem, from }) => {
    const item = element("li", problem ? "bad" : "good");
    item.append(element("strong", "", name), " ", foreign("span", "", problem ?? "works"));
    if (from !== null) item.append(" (since ", moment(from), ")");
    return item;
  }));
  fill("notes", said.notes, (notes) => notes.map((note) => foreign("li", "", note)));
}

function showTile(id, number, reasons = {}) {
  const tile = byId(id);
  const sum = tile.querySelector(".sum");
  write(sum, number === null ? "not known" : figure(number));
  sum.classList.toggle("unknown", number === null);
  const now = JSON.stringify(reasons);
  if (shown.get(id) === now) return;
  shown.set(id, now);
  const sorted = Object.entries(reasons).sort(([, one], [, other]) => other - one);
  tile.querySelector("ul").replaceChildren(...sorted.map(([reason, number]) => {
    const item = element("li");
    item.append(foreign("span", "", reason), " ", element("span", "", figure(number)));
    return item;
  }));
}

function showNow(said) {
  const put = Object.values(said.deferred).reduce((sum, number) => sum + number, 0);
  showTile("in_flight", said.in_flight);
  showTile("in_queue", said.in_queue);
  showTile("in_retry_queues", said.in_retry_queues);
  showTile("deferred", put, said.deferred);
  showTile("parked", said.parked, said.unfinished?.parked);
  showTile("held", said.unfinished?.held ?? null);
  showTile("outbox", said.unfinished?.outbox ?? null);
}

function showHour(hour) {
  for (const [word, counts] of Object.entries(hour)) {
    const plot = byId(`plot-${word}`);
    if (!plot) continue;
    const peak = Math.max(...counts);
    const sum = counts.reduce((one, other) => one + other, 0);
    const path = counts.map((number, place) => (
      number ? `M${place}.5 ${HIGH}v-${Math.max(1, Math.round((HIGH * number) / peak))}` : ""
    )).join("");
    write(plot.querySelector("strong"), figure(sum));
    plot.querySelector(".bars").setAttribute("d", path);
    plot.querySelector("svg").setAttribute("aria-label", peak
      ? `${word}: ${figure(sum)} in the last hour, at most ${figure(peak)} in a minute`
      : `${word}: none in the last hour`);
  }
}

function makePause(pause) {
  const item = element("li");
  const what = pause.scope === "all" ? "everything" : `${pause.scope} ${pause.name ?? ""}`;
  item.append(foreign("strong", "", what), `, ${pause.cause}`);
  if (pause.why) item.append(": ", foreign("span", "", pause.why));
  const when = element("span", "note");
  when.append("since ", moment(pause.since));
  if (pause.who) when.append(", by ", foreign("bdi", "", pause.who));
  if (pause.until) when.append(", until ", moment(pause.until));
  if (pause.isDue) when.append(", the next SMS is a probe");
  else if (pause.probe) when.append(", next probe at ", moment(pause.probe));
  item.append(when);
  return item;
}

function makeFlow([flow, counts]) {
  const row = element("tr");
  const head = foreign("th", "", flow);
  head.scope = "row";
  row.append(head, ...Object.values(counts).map((number) => element("td", "", figure(number))));
  return row;
}

// A link that looks a value up.
function found(name, value) {
  const link = foreign("a", "", value);
  link.href = `/?q=${encodeURIComponent(value)}`;
  const all = element("span");
  all.append(`${name} `, link, " ");
  return all;
}

function makePart(part, outcome) {
  const word = part.sms ?? outcome;
  const line = element("p");
  line.append(element("strong", `word is-${word}`, word));
  if (part.to) line.append(" to ", foreign("bdi", "", part.to));
  if (part.flow) line.append(" by ", foreign("bdi", "", part.flow));
  if (part.reason) line.append(`: ${part.reason}`);
  if (part.twilio_code) line.append(` (Twilio ${part.twilio_code})`);
  if (part.failure) line.append(` (${part.failure})`);
  if (part.detail) line.append(": ", foreign("span", "", part.detail));
  if (!part.reference && !part.sid) return [line];
  const ids = element("p", "ids");
  if (part.reference) ids.append(found("reference", part.reference));
  if (part.sid) ids.append(found("SID", part.sid));
  return [line, ids];
}

function makeEvent(event) {
  const row = element("li", "event");
  const body = element("div");
  for (const part of event.parts) body.append(...makePart(part, event.outcome));
  if (event.more) body.append(element("p", "note", `and ${figure(event.more)} more`));
  const ids = element("p", "ids");
  ids.append(foreign("bdi", "", event.routing_key), " ");
  if (event.event_id) ids.append(found("event", event.event_id));
  if ((event.attempt ?? 1) > 1) ids.append(`attempt ${event.attempt} `);
  if ((event.times ?? 1) > 1) ids.append(`put off ${figure(event.times)} times `);
  if (event.again) ids.append("again at ", moment(event.again, false));
  body.append(ids);
  row.append(moment(event.at, false), body);
  return row;
}

// Rows that are there already stay where they are, and so does the focus within them.
function showEvents(events) {
  const list = byId("events");
  const wanted = events.map((event) => [JSON.stringify(event), event]);
  const keys = new Set(wanted.map(([key]) => key));
  for (const [key, row] of rows) {
    if (!keys.has(key)) rows.delete(key);
    if (!keys.has(key)) row.remove();
  }
  if (rows.size === 0) list.replaceChildren();
  let place = list.firstElementChild;
  for (const [key, event] of wanted) {
    if (rows.has(key)) {
      place = rows.get(key).nextElementSibling;
    } else {
      const row = makeEvent(event);
      rows.set(key, row);
      list.insertBefore(row, place);
    }
  }
  if (rows.size === 0) list.append(none("None yet."));
}

function showStatus(said, isStill) {
  showVerdict(said);
  showNow(said);
  showHour(said.last_hour);
  write(byId("version"), said.version);
  const at = said.broker ? ` at ${said.broker}` : "";
  write(byId("who"), `Instance ${said.instance}, queue ${said.queue}${at}`);
  write(byId("ledger"), `Ledger ${said.ledger}`);
  const pauses = said.pauses.map((pause) => (
    { ...pause, isDue: Boolean(pause.probe) && pause.probe <= said.at }
  ));
  fill("pauses", pauses, (pauses) => (
    pauses.length ? pauses.map(makePause) : [none("Nothing is paused.")]
  ));
  fill("flows", said.flow_outcomes, (flows) => Object.entries(flows).map(makeFlow));
  if (isStill) {
    const news = said.last_events.filter((event) => !rows.has(JSON.stringify(event))).length;
    write(byId("newer"), news ? `${plural(news, "newer event")} not shown` : "");
  } else {
    write(byId("newer"), "");
    showEvents(said.last_events);
  }
}
