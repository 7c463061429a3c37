// The seat map's comfort: arrow keys that move as the eye does, the running total, and seats that
// somebody else takes while one looks. Without it the map is a form of radio buttons.

const LOOK_MS = 8000;
const form = document.querySelector(".seating");
const total = document.getElementById("total");
const news = document.getElementById("news");
const keys = document.getElementById("keys");
if (keys) keys.hidden = false;

const open = () => [...form.querySelectorAll(".line")]
  .map((line) => [...line.querySelectorAll("input[name=pick]:not(:disabled)")])
  .filter((line) => line.length);

function middle(input) {
  const box = input.getBoundingClientRect();
  return box.left + box.width / 2;
}

function neighbour(input, key) {
  const lines = open();
  const row = lines.findIndex((line) => line.includes(input));
  const place = lines[row].indexOf(input);
  switch (key) {
    case "ArrowLeft": return lines[row][place - 1];
    case "ArrowRight": return lines[row][place + 1];
    case "Home": return lines[row][0];
    case "End": return lines[row].at(-1);
    default: {
      const line = lines[row + (key === "ArrowUp" ? -1 : 1)];
      if (!line) return undefined;
      const here = middle(input);
      return line.reduce((best, one) =>
        Math.abs(middle(one) - here) < Math.abs(middle(best) - here) ? one : best);
    }
  }
}

form.addEventListener("keydown", (event) => {
  const input = event.target;
  const moves = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"];
  if (input.name !== "pick" || !moves.includes(event.key) || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const next = neighbour(input, event.key);
  if (!next) return;
  next.checked = true;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  count();
});

const digits = new Intl.NumberFormat("en", { style: "currency", currency: form.dataset.currency })
  .resolvedOptions().maximumFractionDigits;
const money = new Intl.NumberFormat(document.documentElement.lang, {
  style: "currency", currency: form.dataset.currency,
});

function count() {
  const chosen = form.querySelector("input[name=pick]:checked");
  const minor = Number(form.dataset.others) + Number(chosen?.dataset.minor || 0);
  total.textContent = money.format(minor / 10 ** digits);
}

form.addEventListener("change", count);

function lose(input) {
  const wasChosen = input.checked;
  input.checked = false;
  input.disabled = true;
  const seat = input.parentElement;
  seat.classList.add("gone");
  seat.setAttribute("role", "img");
  seat.setAttribute("aria-label", `${input.value}, ${form.dataset.taken}`);
  if (!wasChosen) return;
  news.textContent = form.dataset.lost.replace("{seat}", input.value);
  news.classList.remove("sr");
  news.classList.add("notice", "bad");
  count();
}

async function look() {
  if (document.visibilityState !== "visible") return;
  try {
    const answer = await fetch(form.dataset.free, { headers: { accept: "application/json" } });
    if (!answer.ok) return;
    const free = new Set((await answer.json()).free);
    for (const input of form.querySelectorAll("input[name=pick]:not(:disabled)")) {
      if (!free.has(input.value)) lose(input);
    }
  } catch {
    // The next look, or the form itself, will tell.
  }
}

setInterval(look, LOOK_MS);
addEventListener("focus", look);
document.getElementById("confirm")?.scrollIntoView({ block: "center" });
