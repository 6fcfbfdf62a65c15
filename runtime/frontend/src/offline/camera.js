// QR codes out of the camera or a photo. Loaded only when one of them is used.

import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

const PAUSE_MS = 120;
const LONGEST_SIDE = 1280;
/** @type {import("zxing-wasm/reader").ReaderOptions} */
const OPTIONS = { formats: ["QRCode"], tryHarder: true, textMode: "Plain", maxNumberOfSymbols: 4 };

/** Say where our own copy of the reader is; no other is ever asked for. @param {string} address */
export function prepare(address) {
  prepareZXingModule({
    overrides: { locateFile: (/** @type {string} */ path, /** @type {string} */ prefix) =>
      (path.endsWith(".wasm") ? address : prefix + path) },
  });
}

/** @typedef {(texts: string[]) => string | null} Choose which of the codes in a picture is meant, if any */

/** The text of the code in a picture that is meant, or null. @param {Blob | ImageData} picture @param {Choose} choose */
export async function codeIn(picture, choose) {
  const found = await readBarcodes(picture, OPTIONS);
  return choose(found.filter(({ isValid }) => isValid).map(({ text }) => text));
}

/**
 * Show what the camera sees in `video` until the code that is meant is in it, or until `signal` says to stop.
 * @param {HTMLVideoElement} video @param {AbortSignal} signal @param {Choose} choose @returns {Promise<string | null>}
 */
export async function scan(video, signal, choose) {
  const wanted = { facingMode: "environment", width: { ideal: LONGEST_SIDE } };
  const stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  try {
    video.srcObject = stream;
    await video.play();
    while (!signal.aborted) {
      const text = video.videoWidth > 0 ? await codeIn(frameOf(video), choose) : null;
      if (text !== null) return text;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    return null;
  } finally {
    stream.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  }
}

/** @param {HTMLVideoElement} video @returns {ImageData} */
function frameOf(video) {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
