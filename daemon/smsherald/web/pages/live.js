"use strict";

// Hears from the daemon, by one stream or, where it has too many, by asking again and again; and
// says so plainly when it hears no more: what was green a while ago says nothing of now.

const PATIENCE = 12_000; // milliseconds without a word; a quiet stream says so every 5 s
const EVERY = 4_000; // between two questions, where there is no stream
// A tab that nobody sees keeps no stream for itself; browsers let its timers run once a minute.
const EVERY_HIDDEN = 15_000;
const PATIENCE_HIDDEN = 150_000;
const AGAIN = 60_000; // until a stream is tried again

const QUERY = new URLSearchParams(location.search);
let stream = null;
let asking; // the timer of the next question
let watching; // the timer that ends our patience
let retrying; // the timer of the next stream
let heard = null; // when the daemon last said a word
let last = null; // what it said
let still = false;

function showState(className, text) {
  byId("state").className = `state ${className}`;
  write(byId("state-text"), text);
}

function clock(date) {
  return date.toLocaleTimeString();
}

function hear(how) {
  heard = new Date();
  document.body.classList.remove("away-since");
  showState("live", how);
  clearTimeout(watching);
  watching = setTimeout(lose, document.hidden ? PATIENCE_HIDDEN : PATIENCE);
}

function take(said, how) {
  last = said;
  hear(how);
  showStatus(said, still);
  document.title = `${said.headline} · smsherald`;
}

function lose() {
  clearTimeout(watching);
  const since = heard ? `Not connected since ${clock(heard)}` : "Not connected";
  document.body.classList.add("away-since");
  byId("verdict").className = "card verdict away";
  showState("lost", "Not connected");
  write(byId("headline"), `${since}.`);
  write(byId("since"), "Nothing is known of now. What stands below was so then.");
  byId("since").hidden = false;
  document.title = `${since} · smsherald`;
}

function listen() {
  stream = new EventSource("/events");
  const mine = stream;
  stream.addEventListener("status", (event) => take(JSON.parse(event.data), "Live"));
  stream.addEventListener("unchanged", () => {
    if (document.body.classList.contains("away-since")) take(last, "Live");
    else hear("Live");
  });
  stream.addEventListener("error", () => {
    if (mine !== stream) return;
    // By itself a browser tries again only where the connection broke.
    if (mine.readyState === EventSource.CLOSED) {
      hush();
      ask();
      retrying = setTimeout(follow, AGAIN);
    } else lose();
  });
}

function hush() {
  stream?.close();
  stream = null;
  clearTimeout(asking);
  clearTimeout(retrying);
}

async function ask() {
  clearTimeout(asking);
  try {
    const response = await fetch("/status.json", { signal: AbortSignal.timeout(PATIENCE) });
    if (!response.ok) throw new Error(`${response.status}`);
    const said = await response.json();
    if (!stream) take(said, "Live, every few seconds");
  } catch {
    if (!stream) lose();
  }
  if (!stream) asking = setTimeout(ask, document.hidden ? EVERY_HIDDEN : EVERY);
}

function follow() {
  hush();
  if (document.hidden) ask();
  else listen();
}

// What became of one event.

// A phone number stands in no address: those are kept and passed on.
const isNumber = (wanted) => /^\+[\d\s().-]{6,}$/.test(wanted);

let turn = 0; // only what was asked for last is shown

function answer(sentence, steps = []) {
  const list = element("ol");
  list.append(...steps.map(({ at, text }) => {
    const item = element("li");
    // Of some steps nobody knows when they happened, and some are what to do.
    const time = at === null ? element("span", "timeless", "–") : moment(at);
    if (at === null) time.setAttribute("aria-hidden", "true");
    item.append(time, foreign("span", "", text));
    return item;
  }));
  const said = foreign("p", "sentence", sentence);
  byId("answer").replaceChildren(said, ...(steps.length ? [list] : []));
}

// A number, as people write one: it is asked for in a header, and stands in no address.
function likeANumber(text) {
  return /^[-+()./ 0-9]+$/.test(text) && (text.match(/[0-9]/g) ?? []).length >= 7;
}

// What this may be as well, which no number is written like.
function likeAReference(text) {
  return !/[+() ]/.test(text);
}

async function why(query, headers = {}) {
  try {
    const response = await fetch(`/why.json${query}`, { headers });
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
    if (isJson) return { status: response.status, said: await response.json() };
    const text = headers["X-Phone"] && response.status === 400 ? await response.text() : "";
    const sentence = `This daemon cannot say: ${text.trim() || `it answers with ${response.status}.`}`;
    return { status: response.status, said: { sentence } };
  } catch {
    const sentence = "Nobody could be asked: the daemon is not reachable.";
    return { status: 0, said: { sentence } };
  }
}

async function whatOf(wanted) {
  const byName = () => why(`?q=${encodeURIComponent(wanted)}`);
  if (!likeANumber(wanted)) return (await byName()).said;
  if (!likeAReference(wanted)) return (await why("", { "X-Phone": wanted })).said;
  const named = await byName();
  if (named.status !== 404) return named.said;
  const phoned = await why("", { "X-Phone": wanted });
  return (phoned.status === 400 ? named : phoned).said;
}

async function look(wanted) {
  turn += 1;
  const mine = turn;
  byId("q").value = wanted;
  if (!wanted) {
    byId("answer").replaceChildren();
    return;
  }
  const said = await whatOf(wanted);
  if (mine === turn) answer(said.sentence, said.steps);
}

function search(wanted, address) {
  if (address !== location.pathname + location.search) history.pushState(null, "", address);
  look(wanted);
}

function addressOf(wanted) {
  return wanted ? `/?q=${encodeURIComponent(wanted)}` : "/";
}

byId("why").addEventListener("submit", (event) => {
  event.preventDefault();
  const wanted = byId("q").value.trim().replace(/\s+/g, " ");
  search(wanted, likeANumber(wanted) ? "/" : addressOf(wanted));
});

// A link beside an event asks here; with a modifier key it opens another page as ever.
byId("events").addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const wanted = new URL(link.href).searchParams.get("q");
  search(wanted, addressOf(wanted));
  byId("why-title").scrollIntoView({ block: "nearest" });
  byId("q").focus({ preventScroll: true });
});

window.addEventListener("popstate", () => {
  look(new URLSearchParams(location.search).get("q") ?? "");
});

byId("still").hidden = false;
byId("still").addEventListener("click", () => {
  still = !still;
  byId("still").setAttribute("aria-pressed", String(still));
  if (last) showStatus(last, still);
});

document.addEventListener("visibilitychange", follow);
watching = setTimeout(lose, PATIENCE);
follow();
const asked = QUERY.get("q")?.trim();
if (asked && likeANumber(asked) && !likeAReference(asked)) history.replaceState(null, "", "/");
if (asked) look(asked);
