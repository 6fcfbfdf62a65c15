// The text in a card's QR code: `PC1:` and the base45 of an untagged COSE_Sign1. As vc/card/text.py.

import * as base45 from "@digitalbazaar/base45";
import { encode } from "cborg";

import { isCardText, PREFIX } from "./card-prefix.js";
import { parseClaims, readCbor } from "./card-claims.js";
import { Refused, require } from "./reading.js";

/**
 * @typedef {{algorithm: string, keyName: Uint8Array, signed: Uint8Array, signature: Uint8Array,
 *   card: import("./card-claims.js").Card}} UnverifiedCard
 */

const MAX_LETTERS = 528;
const MAX_PAYLOAD_BYTES = 512;
const MAX_SIGNATURE_BYTES = 132;
const ALG = 1, KID = 4;
const KEY_NAME_BYTES = 8;
/** @type {Map<any, string>} */
const ALGORITHMS = new Map([[-8, "EdDSA"], [-7, "ES256"], [-35, "ES384"], [-36, "ES512"]]);

/** A passport card of a version that is not read here. */
export class UnknownCardVersion extends Refused {}

/** @param {string} text @returns {UnverifiedCard} */
export function parseCard(text) {
  if (!text.startsWith(PREFIX)) {
    if (isCardText(text)) throw new UnknownCardVersion("The card is of a version that is not read here.");
    throw new Refused("This is not the text of a passport card.");
  }
  require(Array.from(text).length <= MAX_LETTERS, "There is more in the text than on any card.");
  const message = readCbor(fromBase45(text.slice(PREFIX.length)));
  require(Array.isArray(message) && message.length === 4, "The message is not a COSE_Sign1.");
  const [protectedBytes, unprotected, payload, signature] = message;
  const parts = [protectedBytes, payload, signature];
  require(parts.every((part) => part instanceof Uint8Array), "A part of the message is not a byte string.");
  require(unprotected instanceof Map && unprotected.size === 0, "A part of the header is not protected.");
  const isShort = payload.length <= MAX_PAYLOAD_BYTES && signature.length <= MAX_SIGNATURE_BYTES;
  require(isShort, "A part of the message is too long.");
  const { algorithm, keyName } = readHeader(protectedBytes);
  const signed = encode(["Signature1", protectedBytes, new Uint8Array(), payload]);
  return { algorithm, keyName, signed, signature, card: parseClaims(payload) };
}

/** @param {Uint8Array} bytes */
function readHeader(bytes) {
  const header = readCbor(bytes, { inOrder: false });
  require(header instanceof Map && header.size === 2, "The header names its algorithm and its key, and nothing else.");
  const algorithm = ALGORITHMS.get(header.get(ALG));
  const keyName = header.get(KID);
  require(keyName instanceof Uint8Array && keyName.length === KEY_NAME_BYTES, "The header does not name a key.");
  if (algorithm === undefined) throw new Refused("The message is not signed with an algorithm that is accepted.");
  return { algorithm, keyName };
}

/** @param {string} text */
function fromBase45(text) {
  let raw;
  try {
    raw = base45.decode(text);
  } catch {
    throw new Refused("The text after the prefix is not base45.");
  }
  require(base45.encode(raw) === text, "The text after the prefix is not base45 in its one spelling.");
  return raw;
}
