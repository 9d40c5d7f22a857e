"use strict";

// The phones and their bubbles.

const TICKS = { accepted: "…", queued: "…", sent: "✓", delivered: "✓✓" };
const ENCODINGS = { gsm7: "GSM-7", ucs2: "UCS-2" };

function makeCard(number, onEarlier) {
  const card = element("article", "phone");
  card.setAttribute("aria-label", `Phone ${number}`);
  const digits = number.replace(/\D/g, "");
  const face = element("span", `face hue-${Number(digits.slice(-4)) % 6}`, digits.slice(-2));
  face.setAttribute("aria-hidden", "true");
  const title = element("div");
  const count = element("p");
  title.append(foreign("h3", "", number), count);
  const header = element("header");
  header.append(face, title);
  const button = element("button", "quiet", "Show earlier texts");
  button.type = "button";
  button.addEventListener("click", onEarlier);
  const earlier = element("li", "earlier");
  earlier.append(button);
  const list = element("ol", "bubbles");
  list.tabIndex = 0;
  list.setAttribute("aria-label", `Texts to ${number}`);
  list.append(earlier);
  card.append(header, list);
  return { card, list, count, earlier, bubbles: new Map() };
}

// The sandbox took it for an address of http or https: it is no script.
function addLink(list, address) {
  const shown = element("dd");
  const link = foreign("a", "", address);
  link.href = address;
  link.rel = "noopener noreferrer";
  link.target = "_blank";
  shown.append(link);
  list.append(element("dt", "", "Attachment"), shown);
}

function makeFacts(message) {
  const list = element("dl");
  const facts = {};
  const add = (name, value) => {
    const shown = foreign("dd", "", value);
    list.append(element("dt", "", name), shown);
    return shown;
  };
  facts.status = add("Status", message.status);
  add("SID", message.sid);
  facts.from = add("From", "");
  if (message.service) add("Messaging Service", message.service);
  add("Account", message.account);
  add("Encoding", ENCODINGS[message.encoding] ?? message.encoding);
  add("Segments", String(message.segments));
  for (const address of message.media) addLink(list, address);
  for (const [name, value] of Object.entries(message.options)) add(name, value);
  return { list, ...facts };
}

function makeBubble(message) {
  const item = element("li", "bubble");
  item.id = message.sid;
  item.tabIndex = -1;
  const sender = foreign("p", "sender");
  const text = foreign("p", "text", message.text);
  const details = element("details");
  const meta = element("summary", "meta");
  const time = element("time", "", new Date(message.time * 1000).toLocaleTimeString());
  time.dateTime = new Date(message.time * 1000).toISOString();
  const tick = element("span", "tick");
  tick.setAttribute("aria-hidden", "true");
  const status = element("span", "status");
  meta.append(time, " ", element("span", "", plural(message.segments, "segment")), " ");
  const media = message.media.length;
  if (media) meta.append(element("span", "", plural(media, "attachment")), " ");
  const station = element("span", "station");
  station.append(tick, " ", status);
  meta.append(station, element("span", "unseen", ", details"));
  const facts = makeFacts(message);
  details.append(meta, facts.list);
  details.addEventListener("toggle", () => {
    if (details.open) details.scrollIntoView({ block: "nearest" });
  });
  item.append(sender, text, details);
  return { item, sender, tick, status, facts };
}

function showStatus(bubble, message, previous) {
  const from = (it) => it.from ?? it.service ?? "";
  bubble.sender.hidden = previous !== undefined && from(previous) === from(message);
  // With a Messaging Service the sending number is known only once it is sent.
  write(bubble.sender, from(message));
  write(bubble.facts.from, message.from ?? "chosen when it is sent");
  write(bubble.facts.status, message.status);
  write(bubble.status, message.status);
  write(bubble.tick, TICKS[message.status] ?? "");
}

// Returns the last of the texts that came since `newest`, the number of the last one known; and
// what puts the list where it is to be read, once it is in its place on the page.
function showTexts({ list, earlier, bubbles }, messages, newest) {
  const { scrollTop: top, scrollHeight: height } = list;
  const atEnd = height - top - list.clientHeight < 40;
  const last = list.lastElementChild;
  const current = new Set(messages.map((message) => message.sid));
  for (const [sid, bubble] of bubbles) {
    if (!current.has(sid)) {
      bubble.item.remove();
      bubbles.delete(sid);
    }
  }
  let place = earlier.nextElementSibling;
  let previous;
  let fresh;
  for (const message of messages) {
    let bubble = bubbles.get(message.sid);
    if (bubble) {
      place = bubble.item.nextElementSibling;
    } else {
      bubble = makeBubble(message);
      bubbles.set(message.sid, bubble);
      list.insertBefore(bubble.item, place);
      if (message.number > newest) {
        bubble.item.classList.add("fresh");
        fresh = message;
      }
    }
    showStatus(bubble, message, previous);
    previous = message;
  }
  const added = list.lastElementChild !== last;
  const scroll = () => {
    // What came above must not move what is being read.
    const wanted = added ? top : top + list.scrollHeight - height;
    const now = added && atEnd ? list.scrollHeight : wanted;
    if (list.scrollTop !== now) list.scrollTop = now;
  };
  return { fresh, scroll };
}

function showConversation(known, conversation, newest, searched) {
  const { count, matching, messages } = conversation;
  const all = plural(count, "text");
  const found = searched ? `${matching.toLocaleString("en")} of ${all}` : all;
  const hidden = matching - messages.length;
  const newestOnly = `, the newest ${messages.length.toLocaleString("en")} shown`;
  write(known.count, hidden ? found + newestOnly : found);
  known.earlier.hidden = hidden === 0;
  return showTexts(known, messages, newest);
}
