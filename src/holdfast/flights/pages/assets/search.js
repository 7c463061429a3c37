// The search form: places are suggested while somebody types, numbers have buttons, swapping stays
// on the page. Without it the form takes the same words, and asks back where they are not enough.

const WAIT_MS = 150; // after the last key
const LEAST = 2; // characters before anything is suggested

class Places {
  constructor(field) {
    this.input = field.querySelector("input");
    this.words = field.dataset;
    this.list = document.createElement("ul");
    this.list.className = "places";
    this.list.id = `${this.input.id}-places`;
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", field.querySelector("label").textContent);
    this.said = document.createElement("span");
    this.said.className = "sr";
    this.said.setAttribute("role", "status");
    field.append(this.list, this.said);
    this.chosen = -1;
    this.timer = 0;
    this.asked = null;
    const marks = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id };
    for (const [name, value] of Object.entries(marks)) this.input.setAttribute(name, value);
    this.input.addEventListener("input", () => this.wait());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.close());
    this.input.addEventListener("focus", () => this.input.select());
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // the field keeps the focus
      const item = event.target.closest("li");
      if (item) this.take(item);
    });
  }

  wait() {
    clearTimeout(this.timer);
    const typed = this.input.value.trim();
    if (typed.length < LEAST) return this.close();
    this.timer = setTimeout(() => this.ask(typed), WAIT_MS);
  }

  async ask(typed) {
    this.asked?.abort();
    const asked = (this.asked = new AbortController());
    try {
      const answer = await fetch(`/places?q=${encodeURIComponent(typed)}`, { signal: asked.signal });
      if (answer.ok && document.activeElement === this.input) this.show(await answer.json());
    } catch {
      // no suggestions then: what is typed is enough
    }
  }

  show(places) {
    this.chosen = -1;
    this.input.removeAttribute("aria-activedescendant");
    this.list.replaceChildren(...places.map((place, at) => this.item(place, at)));
    this.list.hidden = places.length === 0;
    this.input.setAttribute("aria-expanded", String(places.length > 0));
    const words = places.length === 1 ? this.words.foundOne : this.words.foundMany;
    this.said.textContent = words.replace("{n}", places.length);
  }

  item(place, at) {
    const item = document.createElement("li");
    item.id = `${this.list.id}-${at}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.dataset.text = place.text;
    const [name, code, detail] = ["span", "b", "small"].map((kind) => document.createElement(kind));
    name.textContent = place.name;
    code.textContent = place.code;
    detail.textContent = place.detail;
    item.append(name, " ", code, " ", detail);
    return item;
  }

  key(event) {
    if (this.list.hidden) return;
    const items = [...this.list.children];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.choose(items, (this.chosen + step + items.length) % items.length);
    } else if (event.key === "Enter" && this.chosen >= 0) {
      event.preventDefault();
      this.take(items[this.chosen]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.close();
    } else if (event.key === "Tab" && this.chosen >= 0) {
      this.take(items[this.chosen]);
    }
  }

  choose(items, at) {
    this.chosen = at;
    items.forEach((item, place) => item.setAttribute("aria-selected", String(place === at)));
    this.input.setAttribute("aria-activedescendant", items[at].id);
  }

  take(item) {
    this.input.value = item.dataset.text;
    this.close();
  }

  close() {
    clearTimeout(this.timer);
    this.asked?.abort();
    this.list.hidden = true;
    this.said.textContent = "";
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}

function stepper(place) {
  const input = place.querySelector("input");
  const [least, most] = [Number(input.min), Number(input.max)];
  const buttons = [[-1, "−", place.dataset.fewer], [1, "+", place.dataset.more]].map(([step, sign, words]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = sign;
    button.setAttribute("aria-label", words);
    button.addEventListener("click", () => {
      input.value = Math.min(most, Math.max(least, (Number(input.value) || 0) + step));
      update();
    });
    return button;
  });
  function update() {
    buttons[0].disabled = Number(input.value) <= least;
    buttons[1].disabled = Number(input.value) >= most;
  }
  input.before(buttons[0]);
  input.after(buttons[1]);
  input.addEventListener("input", update);
  update();
}

for (const field of document.querySelectorAll("[data-place]")) new Places(field);
for (const place of document.querySelectorAll("[data-stepper]")) stepper(place);

for (const swap of document.querySelectorAll("button.swap")) {
  swap.addEventListener("click", (event) => {
    event.preventDefault();
    const [from, to] = ["from", "to"].map((name) => swap.form.elements[name]);
    [from.value, to.value] = [to.value, from.value];
  });
}

// The way back is never before the way out.
for (const form of document.querySelectorAll("form.search")) {
  const { out, back } = form.elements;
  out.addEventListener("change", () => {
    back.min = out.value || out.min;
    if (back.value && back.value < out.value) back.value = out.value;
  });
}

document.getElementById("mistakes")?.focus();
