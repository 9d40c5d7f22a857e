"use strict";

// Everything that comes from a text goes into the page by textContent: it is shown, never read
// as markup.

const EVERY = 700; // milliseconds between two looks; a hidden tab looks rarely
const EVERY_HIDDEN = 5000;
const TICKS = { accepted: "…", queued: "…", sent: "✓", delivered: "✓✓" };

const byId = (id) => document.getElementById(id);
const phones = byId("phones");
const cards = new Map(); // by number: {card, list, count, bubbles by SID}
let opened = false;

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function plural(count, word) {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

function makeCard(number) {
  const card = element("article", "phone");
  card.setAttribute("aria-label", `Phone ${number}`);
  const digits = number.replace(/\D/g, "");
  const face = element("span", `face hue-${Number(digits.slice(-4)) % 6}`, digits.slice(-2));
  face.setAttribute("aria-hidden", "true");
  const title = element("div");
  const count = element("p");
  title.append(element("h3", "", number), count);
  const header = element("header");
  header.append(face, title);
  const list = element("ol", "bubbles");
  list.tabIndex = 0;
  list.setAttribute("aria-label", `Texts to ${number}`);
  card.append(header, list);
  return { card, list, count, bubbles: new Map() };
}

function makeBubble(message, previous) {
  const item = element("li", "bubble");
  const sender = element("p", "sender", message.from);
  sender.hidden = previous !== undefined && previous.from === message.from;
  const text = element("p", "text", message.text);
  const meta = element("p", "meta");
  const time = element("time", "", new Date(message.time * 1000).toLocaleTimeString());
  time.dateTime = new Date(message.time * 1000).toISOString();
  const tick = element("span", "tick");
  tick.setAttribute("aria-hidden", "true");
  const status = element("span", "status");
  meta.append(time, element("span", "", plural(message.segments, "segment")));
  if (message.media) meta.append(element("span", "", plural(message.media, "attachment")));
  const station = element("span", "station");
  station.append(tick, " ", status);
  meta.append(station);
  item.append(sender, text, meta);
  return { item, sender, tick, status };
}

function showStatus(bubble, message) {
  if (bubble.status.textContent === message.status) return;
  bubble.item.classList.toggle("delivered", message.status === "delivered");
  bubble.tick.textContent = TICKS[message.status] ?? "";
  bubble.status.textContent = message.status;
  // With a Messaging Service the sending number is known only once it is sent.
  bubble.sender.textContent = message.from;
}

function showConversation(conversation) {
  const known = cards.get(conversation.to) ?? makeCard(conversation.to);
  cards.set(conversation.to, known);
  known.count.textContent = plural(conversation.count, "text");
  const { list, bubbles } = known;
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  const current = new Set();
  let previous;
  let fresh;
  for (const message of conversation.messages) {
    current.add(message.sid);
    let bubble = bubbles.get(message.sid);
    if (!bubble) {
      bubble = makeBubble(message, previous);
      if (opened) bubble.item.classList.add("fresh");
      bubbles.set(message.sid, bubble);
      list.append(bubble.item);
      fresh = message;
    }
    showStatus(bubble, message);
    previous = message;
  }
  for (const [sid, bubble] of bubbles) {
    if (!current.has(sid)) {
      bubble.item.remove();
      bubbles.delete(sid);
    }
  }
  return { known, fresh, atEnd };
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
    const { known, fresh, atEnd } = showConversation(conversation);
    if (known.card === place) place = place.nextElementSibling;
    else phones.insertBefore(known.card, place);
    if (fresh && atEnd) known.list.scrollTop = known.list.scrollHeight;
    if (fresh) news ??= `New text to ${conversation.to}: ${fresh.text}`;
  }
  if (opened && news) byId("announcer").textContent = news;
  byId("empty").hidden = inbox.total > 0;
  byId("total").textContent = inbox.total ? plural(inbox.total, "text") : "";
  opened = true;
}

function showState(className, text) {
  const state = byId("state");
  if (state.classList.contains(className)) return;
  state.className = `state ${className}`;
  byId("state-text").textContent = text;
}

async function look() {
  try {
    const response = await fetch("/inbox.json");
    if (!response.ok) throw new Error(`${response.status}`);
    show(await response.json());
    showState("live", "Live");
  } catch {
    showState("lost", "Not reachable");
  }
  setTimeout(look, document.hidden ? EVERY_HIDDEN : EVERY);
}

look();
