// A form with data-once="words" is sent once: its button says the words until the answer comes.
// Without this a second click is safe too, for the form carries a key.

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
    const button = event.submitter;
    if (!button) return;
    button.dataset.words = button.textContent;
    button.textContent = form.dataset.once;
  });
}

// Back from the next page: the form can be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
    for (const button of form.querySelectorAll("[data-words]")) {
      button.textContent = button.dataset.words;
    }
  }
});

document.querySelector("#errors, #trouble")?.focus();
