"use strict";

// What the page shows is asked for again and again: the newest, what is searched for, and more of
// it where somebody wants more.

const EVERY = 700; // milliseconds between two looks; a hidden tab looks rarely
const EVERY_HIDDEN = 5000;
const PART = 5; // a look takes this part of the time at most: many texts are slow to search
const TYPING = 150;
const PHONES = 60;

const phones = byId("phones");
const cards = new Map(); // by number: what makeCard returns
const asked = { query: "", phones: PHONES, bubbles: new Map() };
let newest = Infinity; // the number of the last text that is known: what was there is no news
let turn = 0;
let timer;

function announce(text) {
  byId("announcer").textContent = text;
}

function showTotal(inbox) {
  const searched = asked.query !== "";
  const all = plural(inbox.total, "text");
  const found = searched ? `${inbox.matching.toLocaleString("en")} of ${all}` : all;
  const gone = inbox.forgotten
    ? `; ${plural(inbox.forgotten, "older one")} forgotten for want of room`
    : "";
  write(byId("total"), inbox.total ? found + gone : "");
  byId("empty").hidden = inbox.total > 0;
  byId("none").hidden = inbox.total === 0 || inbox.matching > 0;
  byId("clear").disabled = inbox.total === 0;
  const shown = inbox.conversations.length;
  byId("more").hidden = shown === inbox.phones;
  write(byId("more-text"), `The ${plural(shown, "phone")} texted last of ${inbox.phones.toLocaleString("en")}.`);
}

// The button may be gone then, and the focus with it.
function showEarlier(to) {
  const { bubbles, list } = cards.get(to);
  asked.bubbles.set(to, 2 * bubbles.size);
  list.focus({ preventScroll: true });
  look();
}

// What is moved on a page loses the focus.
function put(card, place) {
  const focused = document.activeElement;
  phones.insertBefore(card, place);
  if (card.contains(focused)) focused.focus({ preventScroll: true });
}

function show(inbox) {
  const numbers = new Set(inbox.conversations.map((conversation) => conversation.to));
  for (const [number, { card }] of cards) {
    if (!numbers.has(number)) {
      card.remove();
      cards.delete(number);
    }
  }
  let place = phones.firstElementChild;
  let news;
  for (const conversation of inbox.conversations) {
    const { to } = conversation;
    const known = cards.get(to) ?? makeCard(to, () => showEarlier(to));
    cards.set(to, known);
    const { fresh, scroll } = showConversation(known, conversation, newest, asked.query !== "");
    if (known.card === place) place = place.nextElementSibling;
    else put(known.card, place);
    scroll();
    if (fresh) news ??= `New text to ${to}: ${fresh.text}`;
  }
  if (news) announce(news);
  showTotal(inbox);
  newest = inbox.newest;
}

function showState(className, text) {
  const state = byId("state");
  if (state.classList.contains(className)) return;
  state.className = `state ${className}`;
  byId("state-text").textContent = text;
}

function address() {
  const parameters = new URLSearchParams({ q: asked.query, phones: asked.phones });
  for (const [to, count] of asked.bubbles) parameters.append("bubbles", `${to}:${count}`);
  return `/inbox.json?${parameters}`;
}

// An answer to a question that was asked before the last one is not shown.
async function look(then) {
  const mine = ++turn;
  clearTimeout(timer);
  const began = performance.now();
  try {
    const response = await fetch(address());
    if (!response.ok) throw new Error(`${response.status}`);
    const inbox = await response.json();
    if (mine !== turn) return;
    show(inbox);
    showState("live", "Live");
    if (then) then(inbox);
  } catch {
    if (mine !== turn) return;
    showState("lost", "Not reachable");
  }
  const took = performance.now() - began;
  timer = setTimeout(look, Math.max(document.hidden ? EVERY_HIDDEN : EVERY, PART * took));
}

byId("search").addEventListener("input", () => {
  asked.query = byId("search").value.trim();
  asked.phones = PHONES;
  asked.bubbles.clear();
  clearTimeout(timer);
  turn += 1;
  timer = setTimeout(look, TYPING, (inbox) => {
    announce(asked.query ? `${plural(inbox.matching, "text")} found` : plural(inbox.total, "text"));
  });
});

byId("more-phones").addEventListener("click", () => {
  asked.phones *= 2;
  look();
});

byId("clear").addEventListener("click", async () => {
  try {
    const response = await fetch("/sandbox/messages", { method: "DELETE" });
    if (!response.ok) throw new Error(`${response.status}`);
    const { forgotten } = await response.json();
    asked.phones = PHONES;
    asked.bubbles.clear();
    byId("search").focus();
    look(() => announce(`The inbox is empty: ${plural(forgotten, "text")} forgotten.`));
  } catch {
    announce("The inbox could not be emptied: the sandbox is not reachable.");
  }
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) look();
});

look();
