"use strict";

// The form that publishes events; the page has it, and loads this, only where there is a broker.

const NUMBER = /\b[A-Z]{1,3}[0-9]{1,15}\b/g;

function quote(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function makeFate({ word, why, to, sid }) {
  const item = element("li", "fate");
  item.append(element("strong", `word is-${word}`, word));
  if (to) item.append(" to ", foreign("bdi", "", to));
  if (sid) {
    const link = foreign("a", "", sid);
    link.href = `#${encodeURIComponent(sid)}`;
    item.append(", ", link);
  }
  if (why) item.append(": ", foreign("bdi", "", why));
  return item;
}

function startPublisher(samples) {
  const key = byId("key");
  const body = byId("body");
  const button = byId("publish").querySelector("[type=submit]");
  const said = byId("published");
  const chips = [...document.querySelectorAll(".sample")];
  const pretty = (name) => JSON.stringify(samples[name], null, 2);
  let last = 0; // counts what was published: only what became of the last is shown

  const address = () => `/events/${encodeURIComponent(key.value)}`;

  function update() {
    let bad = false;
    try {
      JSON.parse(body.value);
    } catch {
      bad = true;
    }
    const hint = byId("body-hint");
    hint.textContent = bad ? "no JSON: it will be parked" : "JSON";
    hint.classList.toggle("bad", bad);
    byId("curl").textContent =
      `curl -X POST ${location.origin}${address()} \\\n` +
      `  -H 'Content-Type: application/json' \\\n  -d ${quote(body.value)}`;
    for (const chip of chips) chip.setAttribute("aria-pressed", chip.dataset.key === key.value);
  }

  function take(name) {
    key.value = name;
    body.value = pretty(name);
    update();
  }

  function say(text, bad = false, fates = []) {
    const line = element("p", bad ? "bad" : "", text);
    const list = element("ul");
    list.append(...fates.map(makeFate));
    said.replaceChildren(line, ...(fates.length ? [list] : []));
  }

  // What is written in the form stays, but for numbers that it offered itself.
  async function renew() {
    let fresh;
    try {
      fresh = await (await fetch("/samples.json")).json();
    } catch {
      return; // The page says that the sandbox is not reachable.
    }
    const numbers = (of) => JSON.stringify(of).match(NUMBER) ?? [];
    const next = numbers(fresh);
    const free = new Map(numbers(samples).map((number, i) => [number, next[i]]));
    samples = fresh;
    const renewed = body.value.replace(NUMBER, (number) => free.get(number) ?? number);
    if (renewed === body.value) return;
    body.value = renewed;
    update();
  }

  async function follow(id, published) {
    const mine = last;
    let before = "";
    let wait = EVERY / 4;
    while (mine === last) {
      let progress;
      try {
        const response = await fetch(`/events/${id}`);
        if (!response.ok) throw new Error(`${response.status}`);
        progress = await response.json();
      } catch {
        if (mine === last) say(`${published} What became of it is not known here any more.`, true);
        return;
      }
      const now = JSON.stringify(progress);
      if (mine === last && now !== before) {
        const more = progress.fates.length ? "It comes again." : "What becomes of it is not known yet.";
        say(progress.over ? published : `${published} ${more}`, false, progress.fates);
      }
      if (progress.over) return;
      before = now;
      await new Promise((resolve) => { setTimeout(resolve, wait); });
      wait = Math.min(2 * wait, EVERY);
    }
  }

  async function publish(event) {
    event.preventDefault();
    button.disabled = true;
    last += 1;
    try {
      const headers = { "Content-Type": "application/json" };
      const published = `Published as ${key.value}.`;
      const response = await fetch(address(), { method: "POST", headers, body: body.value });
      if (response.ok) {
        const { id } = await response.json();
        if (id) follow(id, published);
        else say(published);
        await renew();
      } else say(`Not published: ${(await response.text()) || response.status}`, true);
    } catch {
      say("Not published: the sandbox is not reachable.", true);
    }
    button.disabled = false;
    // It lost the focus when it was disabled.
    if (document.activeElement === document.body) button.focus();
  }

  for (const chip of chips) chip.addEventListener("click", () => take(chip.dataset.key));
  // A suggestion chosen brings its sample, unless the body was written by hand.
  key.addEventListener("input", () => {
    const untouched = Object.keys(samples).some((name) => pretty(name) === body.value);
    if (untouched && Object.hasOwn(samples, key.value)) take(key.value);
    else update();
  });
  body.addEventListener("input", update);
  byId("publish").addEventListener("submit", publish);
  // Another tab, or a shell, may have used the number that stands here.
  window.addEventListener("focus", renew);
  byId("copy").addEventListener("click", async () => {
    await navigator.clipboard.writeText(byId("curl").textContent);
    byId("copy").textContent = "Copied";
    setTimeout(() => { byId("copy").textContent = "Copy"; }, 1500);
  });
  take(Object.keys(samples)[0]);
}

startPublisher(JSON.parse(byId("samples").textContent));
