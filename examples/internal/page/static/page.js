"use strict";
// The page sends requests to the edge with fetch, and learns the outcome from
// the stream of events. Nothing here decides anything about caching.

const story = "/api/orders?search=C-3PO";
const $ = (id) => document.getElementById(id);
const entries = new Map(); // by number
let state = { broken: false, bare: false, maxAge: 100, hasCopy: false };
let stateAt = Date.now();
let chosen = 0;
let following = true; // the newest request, until an older one is chosen

// --- words -----------------------------------------------------------------

const say = (text) => { $("announce").textContent = text; };

function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(bytes < 1e4 ? 1 : 0)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function time(ms) {
  if (ms === 0) return "0 ms";
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(1)} s`;
}

// sentence tells one exchange in a line.
function sentence(e) {
  const asked = `${e.who} ${e.method === "GET" ? "asked" : "sent " + e.method}`;
  if (!e.asked && e.status >= 500) return `${asked}. The origin failed less than a second ago, so the edge repeats the ${e.status} without asking again.`;
  if (!e.asked && e.outcome === "Stale") return `${asked}. The origin failed less than a second ago, so the edge served its stale copy, ${e.age} s old, without asking again.`;
  if (!e.asked) return `${asked}. The edge answered from its copy, ${e.age} s old; the origin was not asked.`;
  if (e.origin === 304) return `${asked}. The copy was stale, so the edge asked the origin: 304 in ${time(e.originTime)}, nothing has changed. The copy is fresh again.`;
  if (e.origin >= 500 && e.status < 400) return `${asked}. The origin failed with ${e.origin}, and the edge served its stale copy, ${e.age} s old.`;
  if (e.origin >= 500) return `${asked}. The origin failed with ${e.origin}, and the edge has nothing to serve instead.`;
  if (e.origin === 412) return `${asked} with an outdated entity-tag: 412, and the order did not change.`;
  if (e.origin === 428) return `${asked} without If-Match: 428.`;
  if (e.origin >= 400) return `${asked}. The origin refused: ${e.origin}.`;
  if (e.method !== "GET") return `${asked}, and the origin performed it: ${e.origin}.`;
  if (e.outcome === "Changed") return `${asked}. The origin sent a new version: ${e.origin}, ${size(e.originBytes)} in ${time(e.originTime)}.`;
  return `${asked}. The origin sent the full response: ${e.origin}, ${size(e.originBytes)} in ${time(e.originTime)}.`;
}

// badge is what the edge did, in the words of the legend. CloudFront's own
// X-Cache calls a write a Miss; it is among the headers.
function badge(e) {
  if (e.status >= 400) return `Error ${e.status}`;
  if (e.method !== "GET" && e.method !== "HEAD") return "Passed on";
  if (e.outcome === "Stale") return "Stale";
  return e.edge || e.outcome;
}

function badgeClass(e) {
  if (e.status >= 400) return "bad";
  if (e.outcome === "Stale") return "miss";
  if (!e.asked) return "hit";
  if (e.origin === 304) return "refresh";
  return "miss";
}

// path shows what was asked for without escapes, where it has none that are
// wrong.
function path(e) {
  try {
    return decodeURIComponent(e.target);
  } catch {
    return e.target;
  }
}

// --- drawing ---------------------------------------------------------------

function span(className, text, label) {
  const s = document.createElement("span");
  s.className = className;
  if (label) {
    const hidden = document.createElement("span");
    hidden.className = "hidden";
    hidden.textContent = label;
    s.append(hidden);
  }
  s.append(text);
  return s;
}

function row(e, isNew) {
  const li = document.createElement("li");
  if (isNew) li.className = "new";
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.n = e.n;
  button.setAttribute("aria-pressed", String(e.n === chosen));
  const saved = e.savedBytes || e.savedTime ? `${size(e.savedBytes)}, ${time(e.savedTime)}` : "–";
  button.append(
    span("n", e.n, "request "),
    span(`badge ${badgeClass(e)}`, badge(e), ": the edge says "),
    span("what", "", ""),
    span(e.age ? "old" : "old faint", e.age ? `${e.age} s` : "–", ", age "),
    span(e.origin >= 400 ? "from bad" : e.asked ? "from" : "from faint", e.asked ? e.origin || "none" : "–", ", the origin says "),
    span("bytes", size(e.bytes), ", content "),
    span(saved === "–" ? "saved faint" : "saved", saved, ", saved "),
  );
  button.querySelector(".what").append(
    span("who", e.who, ", from "),
    span("target", `${e.method === "GET" ? "" : e.method + " "}${path(e)}`, " for "),
  );
  button.addEventListener("click", () => {
    following = e.n === Math.max(...entries.keys());
    choose(e.n);
  });
  li.append(button);
  return li;
}

function choose(n) {
  const e = entries.get(n);
  if (!e) return;
  chosen = n;
  for (const b of $("rows").querySelectorAll("button")) b.setAttribute("aria-pressed", String(Number(b.dataset.n) === n));
  $("detail-title").textContent = `Headers of request ${n}`;
  $("detail-why").textContent = `${badge(e)}, status ${e.status}. ${e.why ? e.why[0].toUpperCase() + e.why.slice(1) + "." : ""}`;
  $("detail-tables").hidden = false;
  headers("request", e.request, e.originRequest);
  headers("response", e.originResponse, e.response);
}

// What caches look at comes first; the rest is folded away.
const known = [
  "If-None-Match", "If-Modified-Since", "If-Match", "Authorization", "Cookie", "X-Visitor", "Accept-Encoding",
  "X-Cache", "Age", "Cache-Control", "Etag", "Last-Modified", "Expires", "Vary", "Date", "Location", "Set-Cookie", "Content-Type", "Content-Length",
];
const spelling = { Etag: "ETag", "Www-Authenticate": "WWW-Authenticate" };

// headers puts two header maps side by side.
function headers(kind, left, right) {
  const names = [...new Set([...Object.keys(left || {}), ...Object.keys(right || {})])];
  const first = known.filter((name) => names.includes(name));
  const others = names.filter((name) => !known.includes(name)).sort();
  const line = (name) => {
    const tr = document.createElement("tr");
    const th = document.createElement("th");
    th.scope = "row";
    th.textContent = spelling[name] ?? name;
    tr.append(th);
    const texts = [left, right].map((h) => (h && h[name] ? h[name].join(", ") : null));
    texts.forEach((text, i) => {
      const td = document.createElement("td");
      if (text === null) {
        td.className = "none";
        td.textContent = (i === 0 ? left : right) ? "–" : "not asked";
      } else {
        td.textContent = text;
        if (i === 1 && left && text !== texts[0]) td.className = "differs";
      }
      tr.append(td);
    });
    return tr;
  };
  $(`${kind}-first`).replaceChildren(...first.map(line));
  $(`${kind}-others`).replaceChildren(...others.map(line));
  $(`${kind}-more`).hidden = others.length === 0;
  $(`${kind}-count`).textContent = others.length === 1 ? "1 more field" : `${others.length} more fields`;
}

function drawLast(e) {
  $("said").textContent = sentence(e);
  $("node-who").textContent = e.who;
  $("node-asked").textContent = `${e.method} ${path(e)}`;
  $("node-edge").textContent = `${badge(e)}${e.age ? `, age ${e.age} s` : ""}`;
  const way = $("path");
  way.dataset.by = e.asked ? "origin" : "edge";
  way.classList.remove("go");
  void way.offsetWidth; // restarts the animation
  way.classList.add("go");
  $("node-origin").textContent = e.asked ? `${e.origin || "no answer"} in ${time(e.originTime)}` : "not asked";
}

// drawLog shows the timeline that the server draws, once it is unfolded.
function drawLog() {
  if ($("log").open) $("log-frame").src = "page/timeline";
}
$("log").addEventListener("toggle", drawLog);

function drawState() {
  $("path").dataset.broken = String(state.broken);
  $("break").setAttribute("aria-pressed", String(state.broken));
  $("break").textContent = state.broken ? "Repair the database" : "Break the database";
  if (state.broken) $("node-origin").textContent = "database: down";
  else if ($("node-origin").textContent === "database: down") $("node-origin").textContent = "database: up";
  $("freshen").setAttribute("aria-pressed", String(state.bare));
  $("freshen").textContent = state.bare ? "Turn freshen on" : "Turn freshen off";
  $("freshen-state").textContent = state.bare
    ? "freshen is off: a stale copy is replaced by a full response each time."
    : "freshen is on: a stale copy is validated, and a 304 makes it fresh again.";
  for (const label of document.querySelectorAll("[data-ask=order]")) label.textContent = `Order no. ${orderNumber()}`;
  const [few, many] = storyTimes();
  $("story-hint").textContent = `Three requests for one list, which stays fresh for ${state.maxAge} s: at once, after ${few} s and after ${many} s.`;
  if (state.origin) {
    $("origin-link").href = state.origin + story;
    $("origin-link").textContent = state.origin + story;
  }
  $("curl").textContent = `curl -i '${location.origin}${story}'`;
  drawAge();
}

// storyTimes are the seconds after the first request: fresh, and stale.
const storyTimes = () => [Math.round(state.maxAge / 10), Math.round(state.maxAge * 1.1)];

// drawAge ages the copy between two events.
function drawAge() {
  const box = $("age");
  box.hidden = !state.hasCopy;
  if (!state.hasCopy) return;
  const age = state.copyAge + Math.floor((Date.now() - stateAt) / 1000);
  const stale = age >= state.copyFresh;
  box.classList.toggle("stale", stale);
  const text = stale ? `${age} s old, stale: the edge must validate it` : `${age} s old, fresh for another ${state.copyFresh - age} s`;
  $("age-text").textContent = text;
  $("age-bar").setAttribute("aria-label", `The edge's copy of the C-3PO list is ${text}`);
  // The bar is the freshness that is left.
  $("age-fill").style.width = `${Math.max(0, 100 - 100 * age / Math.max(1, state.copyFresh))}%`;
}
setInterval(drawAge, 1000);

// --- events ----------------------------------------------------------------

const waiting = []; // resolved by the next event that has entries

function take(news) {
  if (news.first) {
    entries.clear();
    $("rows").replaceChildren();
  }
  for (const e of news.entries) {
    entries.set(e.n, e);
    $("rows").prepend(row(e, !news.first));
  }
  while ($("rows").children.length > 200) $("rows").lastElementChild.remove();
  for (const n of entries.keys()) {
    if (entries.size <= 200) break;
    entries.delete(n);
  }
  $("nothing").hidden = entries.size > 0;
  const t = news.totals;
  $("t-requests").textContent = t.requests;
  $("t-edge").textContent = t.edgeAlone;
  $("t-304").textContent = t.notModified;
  $("t-bytes").textContent = size(t.savedBytes);
  $("t-time").textContent = time(t.savedTime);
  if (news.state.maxAge || news.state.origin) {
    state = news.state;
    stateAt = Date.now();
  }
  const last = news.entries.at(-1);
  if (last) {
    drawLast(last);
    if (!news.first) {
      say(sentence(last));
      if (following) choose(last.n);
    }
  }
  drawState();
  drawLog();
  if (!news.first && news.entries.length) for (const resolve of waiting.splice(0)) resolve(last);
}

function listen() {
  const source = new EventSource("page/events");
  source.onopen = () => { $("live").classList.add("on"); $("live-text").textContent = "live"; };
  source.onerror = () => { $("live").classList.remove("on"); $("live-text").textContent = "reconnecting"; };
  source.onmessage = (event) => take(JSON.parse(event.data));
}

// --- doing -----------------------------------------------------------------

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function order(path, body) {
  const response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}) });
  if (!response.ok) say(await response.text());
}

// ask sends one request to the edge as the chosen visitor. Visitors other than
// this browser have no cache: fetch must not use the browser's for them.
async function ask(path, { method = "GET", headers = {}, body, as } = {}) {
  const option = $("who").selectedOptions[0];
  const visitor = as ?? option.value;
  const browser = visitor === "browser";
  const sent = { ...headers, "X-Visitor": browser ? "This browser" : visitor };
  if (body) sent["Content-Type"] = "application/json";
  return fetch(path, {
    method,
    headers: sent,
    body: body && JSON.stringify(body),
    cache: browser ? "no-cache" : "no-store",
  });
}

const orderNumber = () => Math.max(1, Math.trunc(Number($("order").value)) || 1);
const orderPath = () => `/api/orders/${orderNumber()}`;

// current gets the order and its entity-tag.
async function current() {
  const response = await ask(orderPath());
  if (!response.ok) return null;
  return { tag: response.headers.get("ETag"), order: await response.json() };
}

const put = (c, quantity) => ask(orderPath(), {
  method: "PUT",
  headers: { "If-Match": c.tag },
  body: { customer: c.order.customer, item: c.order.item, quantity },
});

const actions = {
  async place() {
    const option = $("who").selectedOptions[0];
    const response = await ask("/api/orders", {
      method: "POST",
      body: { customer: option.dataset.token ? option.value : "Rey", item: "C-3PO", quantity: 1 },
    });
    const location = response.headers.get("Location");
    if (location) $("order").value = location.split("/").pop();
  },
  async edit() {
    const c = await current();
    if (c) await put(c, (c.order.quantity % 999) + 1);
  },
  async twice() {
    const c = await current();
    if (!c) return;
    await put(c, (c.order.quantity % 999) + 1);
    await put(c, ((c.order.quantity + 1) % 999) + 1);
  },
  async delete() {
    const c = await current();
    if (c) await ask(orderPath(), { method: "DELETE", headers: { "If-Match": c.tag } });
  },
  async empty() { await order("page/empty"); say("The edge is empty."); },
  async clear() {
    await order("page/clear");
    chosen = 0;
    following = true;
    $("detail-title").textContent = "Headers";
    $("detail-why").textContent = "Choose a request to see the headers side by side.";
    $("detail-tables").hidden = true;
    say("The timeline is empty.");
  },
  async break() {
    await order("page/database", { broken: !state.broken });
    say(state.broken ? "The database is up again." : "The database is down.");
  },
  async freshen() {
    await order("page/freshen", { off: !state.bare });
    say(state.bare ? "freshen is on again. The edge is empty." : "freshen is off. The edge is empty.");
  },
  async play() {
    const [few, many] = storyTimes();
    if (state.broken) await order("page/database", { broken: false });
    await order("page/empty");
    let first = 0; // when the first answer came
    let passed = 0; // without waiting, since then
    for (const [at, text] of [
      [0, "First request: the edge has nothing."],
      [few, `${few} s later: the copy is fresh.`],
      [many, `${many} s after the first: the copy is stale.`],
    ]) {
      $("said").textContent = text;
      say(text);
      await pause(1800);
      if (first) {
        // The time that the pauses took counts too.
        const seconds = Math.max(0, at - passed - (Date.now() - first) / 1000);
        await order("page/time", { seconds });
        passed += seconds;
      }
      const seen = new Promise((resolve) => waiting.push(resolve));
      await ask(story, { as: "Leia" });
      await seen;
      first ||= Date.now();
      await pause(2600);
    }
  },
};

// act runs one action. Its button is disabled meanwhile.
async function act(button, action) {
  if (button.getAttribute("aria-disabled") === "true") return;
  // aria-disabled, not disabled: the focus stays where it is.
  button.setAttribute("aria-disabled", "true");
  try {
    await action();
  } catch (error) {
    say(`This failed: ${error.message}`);
    $("said").textContent = `This failed: ${error.message}`;
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

for (const name of Object.keys(actions)) $(name).addEventListener("click", (event) => act(event.currentTarget, actions[name]));
for (const button of document.querySelectorAll("[data-ask]")) {
  button.addEventListener("click", () => act(button, async () => {
    const path = button.dataset.ask === "order" ? orderPath() : button.dataset.ask;
    const headers = {};
    const token = $("who").selectedOptions[0].dataset.token;
    if ("personal" in button.dataset && token) headers.Authorization = `Bearer ${token}`;
    await ask(path, { headers });
  }));
}
for (const button of document.querySelectorAll("[data-seconds]")) {
  button.addEventListener("click", () => act(button, async () => {
    const seconds = Number(button.dataset.seconds);
    await order("page/time", { seconds });
    $("said").textContent = `${seconds} seconds have passed.`;
    say(`${seconds} seconds have passed.`);
  }));
}

$("order").addEventListener("input", drawState);
drawState();
listen();
