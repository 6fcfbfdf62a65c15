// The camera on pages where a QR code can be brought: puts the text of the code into the form and sends it to
// us. What it is for is said by the server; nothing that it names is opened here.

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-scan]"));
/** @type {AbortController | null} */
let scanning = null;

/** @param {string} selector @returns {any} */
const find = (selector) => form?.querySelector(selector);

/** @param {string} name @param {boolean} isShown */
function notice(name, isShown) {
  find(`[data-notice="${name}"]`).hidden = !isShown;
}

/** The one code in view, or null; of several nobody can say which is meant. @param {string[]} texts */
function only(texts) {
  const different = new Set(texts);
  notice("several", different.size > 1);
  return different.size === 1 ? texts[0] : null;
}

/** @param {boolean} isOn */
function showCamera(isOn) {
  find("video").hidden = !isOn;
  find("[data-stop]").hidden = !isOn;
  notice("looking", isOn);
}

function stop() {
  scanning?.abort();
  scanning = null;
  notice("several", false);
  showCamera(false);
}

/** @param {string} text */
function send(text) {
  find("input[name=scanned]").value = text;
  // What was chosen before must not be sent beside it.
  form?.querySelectorAll("input[type=file]").forEach((input) => { /** @type {any} */ (input).value = ""; });
  find("button[type=submit]").click();
}

async function start() {
  stop();
  const mine = new AbortController();
  scanning = mine;
  notice("camera", false);
  showCamera(true);
  try {
    const camera = await import("./offline/camera.js");
    camera.prepare(form?.dataset.reader ?? "");
    const text = await camera.scan(find("video"), mine.signal, only);
    if (text !== null) send(text);
  } catch {
    notice("camera", true);
  } finally {
    if (scanning === mine) stop();
  }
}

if (form !== null && navigator.mediaDevices?.getUserMedia) {
  find("[data-scan-camera]").hidden = false;
  find("button[name=start]").addEventListener("click", start);
  find("button[name=stop]").addEventListener("click", stop);
  // A page that comes back from the browser's memory must not send the code again with the next picture.
  window.addEventListener("pageshow", () => { find("input[name=scanned]").value = ""; });
  window.addEventListener("pagehide", stop);
}
