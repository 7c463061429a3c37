// What every page has of scripts: moments in the reader's own zone, and countdowns beside them.
// Without it the moments stand there in UTC, and nothing else is missing.

const TICK_MS = 1000;

const zone = document.documentElement.lang || undefined;
const clock = new Intl.DateTimeFormat(zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const full = new Intl.DateTimeFormat(zone, {
  day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});

function isToday(moment) {
  return moment.toDateString() === new Date().toDateString();
}

// <time datetime="..." data-local>: a moment; today only its time of day is said.
for (const time of document.querySelectorAll("time[data-local]")) {
  const moment = new Date(time.dateTime);
  if (Number.isNaN(moment.getTime())) continue;
  time.title = time.textContent;
  time.textContent = (isToday(moment) ? clock : full).format(moment);
}

// <span data-until="moment" data-left="{left} left" data-over="words">: what is left in words with
// that place, or the other words when nothing is. It is no live region: a reader's software would speak every second. The server's clock counts.
const ahead = Date.parse(document.body.dataset.now) - Date.now() || 0;
const now = () => Date.now() + ahead;
const counting = [...document.querySelectorAll("[data-until]")];

function left(until) {
  const seconds = Math.max(0, Math.floor((until - now()) / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = String(Math.floor(seconds / 60) % 60).padStart(hours ? 2 : 1, "0");
  const rest = String(seconds % 60).padStart(2, "0");
  return hours ? `${hours}:${minutes}:${rest}` : `${minutes}:${rest}`;
}

function count() {
  for (const place of counting) {
    const until = Date.parse(place.dataset.until);
    if (Number.isNaN(until)) continue;
    const isOver = until <= now();
    place.textContent = isOver
      ? place.dataset.over
      : (place.dataset.left || "{left}").replace("{left}", left(until));
    place.closest(".lock")?.classList.toggle("over", isOver);
  }
}

if (counting.length) {
  count();
  setInterval(count, TICK_MS);
}
