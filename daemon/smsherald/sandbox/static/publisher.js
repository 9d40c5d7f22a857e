"use strict";

// The form that publishes events; the page has it, and loads this, only where there is a broker.

function quote(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function startPublisher(samples) {
  const key = byId("key");
  const body = byId("body");
  const button = byId("publish").querySelector("[type=submit]");
  const said = byId("published");
  const chips = [...document.querySelectorAll(".sample")];
  const pretty = (name) => JSON.stringify(samples[name], null, 2);

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

  function say(text, bad) {
    said.textContent = text;
    said.classList.toggle("bad", bad);
  }

  async function publish(event) {
    event.preventDefault();
    button.disabled = true;
    try {
      const headers = { "Content-Type": "application/json" };
      const response = await fetch(address(), { method: "POST", headers, body: body.value });
      if (response.ok) say(`Published as ${key.value}.`, false);
      else say(`Not published: ${(await response.text()) || response.status}`, true);
    } catch {
      say("Not published: the sandbox is not reachable.", true);
    }
    button.disabled = false;
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
  byId("copy").addEventListener("click", async () => {
    await navigator.clipboard.writeText(byId("curl").textContent);
    byId("copy").textContent = "Copied";
    setTimeout(() => { byId("copy").textContent = "Copy"; }, 1500);
  });
  take(Object.keys(samples)[0]);
}

startPublisher(JSON.parse(byId("samples").textContent));
