// Names on a card: one byte a letter where that is possible, as vc/card/names.py.

import { Refused, require } from "./reading.js";

const MAX_LETTERS = 100;
const KHMER = 0x1780;
const LAST_KHMER = 0x17ff;
const OFFSET = 0x1700;
const FIRST_HIGH = 0x80;
// Part of written Khmer; every other control and format character can make a name read otherwise.
const KEPT = new Set(["\u200b", "\u200c", "\u200d", "\u2060"]);
const NOT_SHOWN = /\p{C}/u;

/** The text that `value` spells, in its one spelling. @param {any} value @returns {string} */
export function unpackText(value) {
  if (value instanceof Uint8Array) return unpackBytes(value);
  if (typeof value !== "string") throw new Refused("A text is expected on the card.");
  requireReadable(value);
  require(!isPacked(value), "A text on the card is spelled in another way than the one it has.");
  return value;
}

/** @param {Uint8Array} bytes */
function unpackBytes(bytes) {
  const points = Array.from(bytes, (byte) => (byte < FIRST_HIGH ? byte : byte + OFFSET));
  const text = String.fromCodePoint(...points);
  requireReadable(text);
  require(isPacked(text), "A text on the card is spelled in another way than the one it has.");
  return text;
}

/** Whether a text stands on cards as bytes: ASCII and Khmer, with some Khmer. @param {string} text */
function isPacked(text) {
  const points = Array.from(text, (letter) => /** @type {number} */ (letter.codePointAt(0)));
  return points.every((point) => point < FIRST_HIGH || (KHMER <= point && point <= LAST_KHMER))
    && points.some((point) => point >= FIRST_HIGH);
}

/** @param {string} text */
function requireReadable(text) {
  const letters = Array.from(text);
  require(text !== "" && text === text.trim(), "A text on the card is empty, or begins or ends with a space.");
  require(letters.length <= MAX_LETTERS, "A text on the card is too long.");
  require(letters.every((letter) => KEPT.has(letter) || !NOT_SHOWN.test(letter)), "A character is not shown.");
}
