// QR codes out of the camera or a photo. Loaded only when one of them is used.

import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

import { isCardText } from "./card-prefix.js";

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

/** The text of the card in a picture, or null. @param {Blob | ImageData} picture @returns {Promise<string | null>} */
export async function cardIn(picture) {
  const found = await readBarcodes(picture, OPTIONS);
  return found.map(({ text }) => text).find(isCardText) ?? null;
}

/**
 * Show what the camera sees in `video` until a card is in it, or until `signal` says to stop.
 * @param {HTMLVideoElement} video @param {AbortSignal} signal @returns {Promise<string | null>}
 */
export async function scan(video, signal) {
  const wanted = { facingMode: "environment", width: { ideal: LONGEST_SIDE } };
  const stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  try {
    video.srcObject = stream;
    await video.play();
    while (!signal.aborted) {
      const text = video.videoWidth > 0 ? await cardIn(frameOf(video)) : null;
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
