// The offline page: keeps a snapshot of keys and lists, and checks passport cards by it.

import { isCardText } from "./card-prefix.js";
import { render } from "./render.js";
import { roundOver } from "./snapshot.js";
import { clearResult, find, notice, showHeld, showResult } from "./show.js";
import { load, save } from "./store.js";
import { phoneTime, update } from "./update.js";
import { verifyCard } from "./verify.js";

const SCOPE = "/verify/offline";
const LOOK_AGAIN_MS = 30_000;

const page = /** @type {HTMLElement} */ (document.getElementById("offline"));
/** @type {import("./render.js").Texts} */
const texts = JSON.parse(page.dataset.texts ?? "{}");
/** @type {import("./store.js").Kept | null} */
let kept = null;
/** @type {Promise<void> | null} */
let updating = null;
/** @type {AbortController | null} */
let scanning = null;
let checks = 0;

/** Ask for a newer snapshot, once at a time. */
function refresh() {
  updating ??= ask().finally(() => { updating = null; });
  return updating;
}

async function ask() {
  const answer = await update(kept);
  if (answer.kept !== null && answer.kept !== kept) {
    kept = answer.kept;
    // Where a browser keeps nothing, the page still works while it is open.
    await save(kept).catch(() => {});
  }
  notice("failed", answer.problem === "failed");
  notice("refused", answer.problem === "refused");
  showHeld(kept, phoneTime());
}

/** @param {string} text */
async function check(text) {
  const mine = ++checks;
  // What was said of another card must not stand there while this one is looked at.
  clearResult();
  try {
    if (kept === null) await refresh();
    if (kept === null) return;
    const now = phoneTime();
    const verification = await verifyCard(await roundOver(kept.snapshot, kept.pinned, now, kept.seen), text);
    if (mine !== checks) return;
    showHeld(kept, now);
    showResult(render(verification, now, texts), texts, now);
  } catch (error) {
    notice("browser", true);
    throw error;
  }
}

/** Beside a card there may be the code of a link. @param {string[]} texts */
const cardOf = (texts) => texts.find(isCardText) ?? null;

async function reader() {
  const camera = await import("./camera.js");
  camera.prepare(page.dataset.reader ?? "");
  return camera;
}

async function startCamera() {
  const video = find("#camera");
  stopCamera();
  const stop = new AbortController();
  scanning = stop;
  showCamera(true);
  notice("camera", false);
  try {
    const text = await (await reader()).scan(video, stop.signal, cardOf);
    if (text !== null) await check(text);
  } catch {
    notice("camera", true);
  } finally {
    if (scanning === stop) stopCamera();
  }
}

function stopCamera() {
  scanning?.abort();
  scanning = null;
  showCamera(false);
}

/** @param {boolean} isOn */
function showCamera(isOn) {
  find("#camera").hidden = !isOn;
  find('button[name="stop"]').hidden = !isOn;
}

/** @param {HTMLInputElement} input */
async function readPhoto(input) {
  const file = input.files?.[0];
  if (file === undefined) return;
  const text = await reader().then((camera) => camera.codeIn(file, cardOf)).catch(() => null);
  notice("photo", text === null);
  if (text !== null) await check(text);
}

/** The text as the server takes it: the last letter of a card may be a space. @param {string} text */
const trimmed = (text) => text.trimStart().replace(/[\r\n\t]+$/, "");

function listen() {
  find('button[name="update"]').addEventListener("click", refresh);
  find('button[name="start"]').addEventListener("click", startCamera);
  find('button[name="stop"]').addEventListener("click", stopCamera);
  find('input[name="photo"]').addEventListener("change", (/** @type {Event} */ event) =>
    readPhoto(/** @type {HTMLInputElement} */ (event.target)));
  find("#typed").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    void check(trimmed(find("#field-text").value));
  });
  window.addEventListener("online", refresh);
  document.addEventListener("visibilitychange", () => showHeld(kept, phoneTime()));
  setInterval(() => showHeld(kept, phoneTime()), LOOK_AGAIN_MS);
}

/** Keep the page itself, in the reader's language. */
async function keepPage() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(`${SCOPE}/sw.js`, { scope: SCOPE });
  const { active } = await navigator.serviceWorker.ready;
  find("#held-page").hidden = false;
  active?.postMessage({ language: document.documentElement.lang, version: page.dataset.version });
}

async function begin() {
  page.hidden = false;
  if (!("DecompressionStream" in window && "indexedDB" in window && window.crypto?.subtle)) {
    notice("browser", true);
    return;
  }
  kept = await load().catch(() => null);
  showHeld(kept, phoneTime());
  showCamera(false);
  listen();
  await Promise.all([refresh(), keepPage().catch(() => {})]);
}

void begin();
