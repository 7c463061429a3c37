// The page's only script. Without it everything is there; with it, times are the reader's own and
// what is marked `data-region` follows the event stream, by fetching the same page again.

const WAIT_MS = 400; // longer than the server shares one answer, so the news is in it
const SPREAD_MS = 400; // not all readers in the same instant
const APART_MS = 1500; // between two fetches of one page
const FETCH_MS = 20000;
const MAX_ROWS = 100; // more changed rows than this: fetch the whole page
const RETRY_MS = 5000; // after a failure; doubled each time, up to
const RETRY_MAX_MS = 60000;
const MAX_FILE_BYTES = 1 << 20; // the server takes no more

const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const zoned = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });

function localTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    time.title = time.textContent;
    time.textContent = ("zone" in time.dataset ? zoned : full).format(moment);
  }
}

localTimes(document);

const { live, rows, uid, attempt } = document.body.dataset;
const pulse = document.getElementById("pulse");
const wanted = new Set();
let everything = false;
let timer = 0;
let lastFetch = 0;
let source = null;
let wasAway = false; // news may have been missed
let retry = RETRY_MS;
let lastTold = told();

function say(text, on) {
  if (pulse.textContent !== text) pulse.textContent = text;
  pulse.classList.toggle("on", on);
}

// The first row in view: what stands above may grow, and the reader goes on reading it.
function inView(element) {
  for (const row of element.querySelectorAll("li[id]")) {
    const { top } = row.getBoundingClientRect();
    if (top >= 0 && top < innerHeight) return { id: row.id, top };
  }
  return null;
}

// Put the fresh state of an element in the place of the old one; keep what the reader has opened,
// where the keyboard is, and what is in view.
function swap(old, fresh) {
  localTimes(fresh);
  if (old.isEqualNode(fresh)) return;
  const open = new Map([...old.querySelectorAll("details[id]")].map((d) => [d.id, d.open]));
  for (const details of fresh.querySelectorAll("details[id]")) {
    if (open.has(details.id)) details.open = open.get(details.id);
  }
  const focus = old.contains(document.activeElement) ? document.activeElement : null;
  const home = focus?.closest("[id]");
  const place = home && [...home.querySelectorAll("a, summary")].indexOf(focus);
  const row = inView(old);
  const node = document.adoptNode(fresh);
  old.replaceWith(node);
  const again = home && document.getElementById(home.id);
  again?.querySelectorAll("a, summary")[place]?.focus({ preventScroll: true });
  const moved = row && document.getElementById(row.id)?.getBoundingClientRect().top;
  if (moved) scrollBy({ top: moved - row.top, behavior: "instant" });
  for (const cell of node.matches("tr") ? changed(old, node) : []) cell.classList.add("fresh");
}

function changed(old, node) {
  return [...node.cells].filter((cell, at) => old.cells[at]?.textContent !== cell.textContent);
}

async function refresh() {
  lastFetch = Date.now();
  const address = new URL(location.href);
  const some = rows !== undefined && !everything && wanted.size <= MAX_ROWS;
  if (some) address.searchParams.set("only", [...wanted].join(","));
  wanted.clear();
  everything = false;
  const signal = AbortSignal.timeout(FETCH_MS);
  const answer = await fetch(address, { headers: { accept: "text/html" }, signal });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  if (source?.readyState === EventSource.OPEN) say(pulse.dataset.live, true);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const freshRows = [...fresh.querySelectorAll("#grid tbody tr")];
  const known = new Set([...document.querySelectorAll("#grid tbody tr")].map((row) => row.id));
  const others = freshRows.some((row) => !known.has(row.id));
  if (others || (!some && freshRows.length !== known.size)) return location.reload();
  for (const old of document.querySelectorAll("[data-region]")) {
    const next = fresh.getElementById(old.id);
    if (next) swap(old, next);
  }
  for (const row of freshRows) swap(document.getElementById(row.id), row);
  document.title = fresh.title;
  tell();
}

// What is marked `data-tell` is read out when it changes: a verdict, and why.
function told() {
  return [...document.querySelectorAll("[data-tell]")].map((e) => e.textContent.trim()).join(". ");
}

function tell() {
  const now = told();
  if (now === lastTold) return;
  lastTold = now;
  document.getElementById("news").textContent = now;
}

function schedule() {
  if (timer || document.hidden) return;
  const wait = Math.max(WAIT_MS, APART_MS - (Date.now() - lastFetch)) + Math.random() * SPREAD_MS;
  timer = setTimeout(work, wait);
}

// One fetch at a time; what was heard meanwhile is fetched after it.
async function work() {
  let next = () => (everything || wanted.size) && schedule();
  try {
    await refresh();
  } catch {
    everything = true;
    say(pulse.dataset.away, false);
    next = () => again(schedule);
  }
  timer = 0;
  next();
}

function again(action) {
  setTimeout(action, retry + Math.random() * SPREAD_MS);
  retry = Math.min(2 * retry, RETRY_MAX_MS);
}

function hear(event) {
  let change = null;
  try {
    change = JSON.parse(event.data);
  } catch {
    change = null;
  }
  if (change === null || typeof change !== "object" || change.uid === undefined) {
    everything = true;
  } else {
    wanted.add(change.uid);
  }
  schedule();
}

function listen() {
  if (source || document.hidden) return;
  const asked = new URLSearchParams(Object.entries({ uid, attempt }).filter(([, value]) => value));
  source = new EventSource(asked.size ? `${live}?${asked}` : live);
  source.onopen = () => {
    say(pulse.dataset.live, true);
    retry = RETRY_MS;
    if (!wasAway) return;
    wasAway = false;
    everything = true;
    schedule();
  };
  source.onerror = () => {
    wasAway = true;
    say(pulse.dataset.away, false);
    if (source?.readyState === EventSource.CLOSED) {
      deaf();
      again(listen);
    }
  };
  source.addEventListener("change", hear);
  source.addEventListener("missed", hear);
  source.addEventListener("spoke", hear);
}

function deaf() {
  wasAway = true;
  source?.close();
  source = null;
}

// A hidden page holds no stream: a browser has few connections to one server.
function attend() {
  if (!document.hidden) listen();
  else if (source) deaf();
}

if (live && "EventSource" in window) {
  document.addEventListener("visibilitychange", attend);
  attend();
}

// Arrow keys walk the class grid.
document.getElementById("grid")?.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  const cell = event.target.closest("td, tbody th");
  if (!step || !cell) return;
  const table = event.currentTarget;
  let row = cell.parentElement.rowIndex;
  let column = cell.cellIndex;
  for (let tries = 0; tries < 1000; tries += 1) {
    row += step[0];
    column += step[1];
    const next = table.rows[row]?.cells[column];
    if (!next || !next.closest("tbody")) return;
    const link = next.querySelector("a");
    if (link) {
      event.preventDefault();
      link.focus();
      return;
    }
  }
});

// A list may come from a file: it is read here and shown before it is sent.
for (const input of document.querySelectorAll("input[data-into]")) {
  input.closest("[hidden]").hidden = false;
  input.addEventListener("change", async () => {
    const file = input.files[0];
    if (file && file.size <= MAX_FILE_BYTES) document.getElementById(input.dataset.into).value = await file.text();
  });
}
