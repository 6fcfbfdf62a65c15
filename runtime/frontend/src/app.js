// Small comforts over pages that already work without any script. Everything is delegated from
// the document, so that parts swapped in by htmx behave alike.

import "./passkey.js";
import "./speak.js";

document.documentElement.classList.add("js");
if (navigator.clipboard) document.documentElement.classList.add("can-copy");

function showChosenFiles(drop) {
  const input = drop.querySelector("input[type=file]");
  const names = Array.from(input.files, (file) => file.name);
  drop.querySelector("[data-chosen]").textContent = names.join(", ");
  drop.classList.toggle("has-file", names.length > 0);
}

document.addEventListener("change", (event) => {
  const drop = event.target.closest("[data-file-drop]");
  if (drop) showChosenFiles(drop);
});

for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const drop = event.target.closest?.("[data-file-drop]");
    if (!drop) return;
    event.preventDefault();
    drop.classList.toggle("is-over", kind === "dragover");
    if (kind !== "drop" || event.dataTransfer.files.length === 0) return;
    drop.querySelector("input[type=file]").files = event.dataTransfer.files;
    showChosenFiles(drop);
  });
}

async function copyText(button) {
  const row = button.parentElement;
  await navigator.clipboard.writeText(row.querySelector("code").textContent.trim());
  row.querySelector("[data-copied]").textContent = button.dataset.copiedText;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-print], [data-copy]");
  if (!button) return;
  if ("print" in button.dataset) window.print();
  else copyText(button);
});

// A second press on a slow line must not send the form twice. The lock ends by itself because an
// answer that is a download leaves the page standing.
const LOCK_MS = 8000;

function unlock(form) {
  delete form.dataset.sent;
  form.removeAttribute("aria-busy");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "get") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
  setTimeout(unlock, LOCK_MS, form);
});

window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(unlock));
