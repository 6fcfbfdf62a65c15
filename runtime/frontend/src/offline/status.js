// Status lists and the notes beside them: vc/status/check.py, vc/status/notes.py, and their bits.

import { coveredBy } from "./authentic.js";
import { fromBase64url } from "./keys.js";
import { has, isObject, Refused, require, requireTime } from "./reading.js";
import { isCredential, issuerOf } from "./shape.js";
import { parseJsonObject } from "./strict-json.js";

/**
 * @typedef {import("./round.js").Round} Round
 * @typedef {import("./trust-list.js").TrustList} TrustList
 * @typedef {{url: string, issuer: string, purposes: Set<string>, bits: Uint8Array, validFrom: number,
 *   validUntil: number | null}} StatusList
 * @typedef {{kind: string, since: string}} Note
 */

const MIN_BYTES = 131_072 / 8;
const MAX_BYTES = 8 * 1024 * 1024;
const INDEX = /^(?:0|[1-9][0-9]{0,14})$/;
const DAY = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const LIST_URL = /^(https?:\/\/[^/?#]+(?:\/[^?#]*)?)\/status\/(?:lists|suspensions)\/([A-Za-z0-9_-]{1,64})\/[a-z0-9-]{1,64}$/;
const NOTED = ["revoked", "superseded", "suspended"];

/** Where the notes to a list stand, or null. @param {string} listUrl */
export function notesUrl(listUrl) {
  const match = LIST_URL.exec(listUrl);
  return match === null ? null : `${match[1]}/status/notes/${match[2]}`;
}

/**
 * The document that valid proofs of a recognised status registry cover, with who signed it.
 * @param {Round} current @param {string} text @param {TrustList} trusted
 */
async function signedByRegistry(current, text, trusted) {
  let received;
  try {
    received = parseJsonObject(text);
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
  const signer = isCredential(received) ? issuerOf(received) : null;
  if (signer === null || !trusted.issuers.get(signer)?.roles.has("status-registry")) return null;
  return coveredBy(current, received, signer, trusted);
}

/**
 * The list at `url`, or null where what is there is not right.
 * @param {Round} current @param {string} url @param {string} text @param {TrustList} trusted
 */
export async function statusList(current, url, text, trusted) {
  const document = await signedByRegistry(current, text, trusted);
  return document === null ? null : orNull(() => parseStatusList(document, url));
}

/** What the notes say about `index` of the list at `listUrl`; null where they say nothing that holds. */
export async function noteFor(
  /** @type {Round} */ current, /** @type {StatusList} */ list, /** @type {number} */ index, /** @type {TrustList} */ trusted,
) {
  const url = notesUrl(list.url);
  const text = url === null ? null : current.fetched(url);
  const document = text === null ? null : await signedByRegistry(current, text, trusted);
  if (url === null || document === null) return null;
  const notes = await orNull(async () => parseNotes(document, url));
  if (notes === null || notes.issuer !== list.issuer || !notes.lists.has(list.url)) return null;
  return notes.notes.get(String(index)) ?? null;
}

/** @template T @param {() => Promise<T>} read @returns {Promise<T | null>} */
async function orNull(read) {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

/** @param {any} value @param {string} wanted */
const hasType = (value, wanted) => value === wanted || (Array.isArray(value) && value.includes(wanted));

/** @param {Record<string, any>} document @param {string} url @returns {Promise<StatusList>} */
async function parseStatusList(document, url) {
  require(hasType(document.type, "BitstringStatusListCredential") && document.id === url, "Not this status list.");
  const subject = document.credentialSubject;
  require(isObject(subject) && hasType(subject.type, "BitstringStatusList"), "The subject is not a status list.");
  require(!has(subject, "statusSize") || subject.statusSize === 1, "Only lists of one bit an entry can be read.");
  require(typeof subject.encodedList === "string" && has(document, "validFrom"), "A member of the list is missing.");
  const { ttl = null, statusPurpose } = subject;
  require(ttl === null || (Number.isInteger(ttl) && ttl >= 0), "The time to live must be whole milliseconds.");
  const purposes = Array.isArray(statusPurpose) ? statusPurpose : [statusPurpose];
  const areTexts = purposes.every((item) => typeof item === "string" && item !== "");
  require(purposes.length > 0 && areTexts && new Set(purposes).size === purposes.length, "The list must state its purpose.");
  return {
    url,
    issuer: requireIssuer(document),
    purposes: new Set(purposes),
    bits: await decodeList(subject.encodedList),
    validFrom: requireTime(document.validFrom),
    validUntil: has(document, "validUntil") ? requireTime(document.validUntil) : null,
  };
}

/** @param {Record<string, any>} document */
function requireIssuer(document) {
  const issuer = issuerOf(document);
  if (issuer === null || issuer === "") throw new Refused("The issuer must be named.");
  return issuer;
}

/** The bits of an `encodedList`; no more than `MAX_BYTES` are ever inflated. @param {string} encoded */
async function decodeList(encoded) {
  require(encoded[0] === "u", "The encoded list has a prefix that is not accepted.");
  const packed = fromBase64url(encoded.slice(1), MAX_BYTES);
  const bits = await gunzip(packed);
  // Not every reader stops after one member; the last four bytes say how long it is.
  const said = new DataView(packed.buffer, packed.byteOffset + packed.length - 4).getUint32(0, true);
  require(said === bits.length && bits.length >= MIN_BYTES, "The list length is not permitted.");
  return bits;
}

/** @param {Uint8Array} data @returns {Promise<Uint8Array>} */
async function gunzip(data) {
  const reader = new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  /** @type {Uint8Array[]} */
  const chunks = [];
  let length = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      length += part.value.length;
      if (length > MAX_BYTES) break;
      chunks.push(part.value);
    }
  } catch {
    throw new Refused("The encoded list is not one whole GZIP member.");
  }
  if (length > MAX_BYTES) void reader.cancel().catch(() => {});
  require(length <= MAX_BYTES, "The encoded list is too big.");
  const whole = new Uint8Array(length);
  chunks.reduce((at, chunk) => { whole.set(chunk, at); return at + chunk.length; }, 0);
  return whole;
}

/** Whether the bit at `index` is set; index 0 is the left-most. @param {Uint8Array} bits @param {number} index */
export const bitAt = (bits, index) => (bits[index >>> 3] & (0x80 >>> (index & 7))) !== 0;

/** @param {Record<string, any>} document @param {string} url */
function parseNotes(document, url) {
  const isNotes = Array.isArray(document.type) && document.type.includes("StatusNotesCredential");
  require(isNotes && document.id === url && has(document, "validFrom"), "The document holds no status notes of this URL.");
  requireTime(document.validFrom);
  const subject = document.credentialSubject;
  require(isObject(subject), "The notes have no subject.");
  const named = Array.isArray(subject.statusListCredential) ? subject.statusListCredential : [];
  const lists = new Set(named.filter((/** @type {any} */ item) => typeof item === "string"));
  require(lists.size > 0 && Array.isArray(subject.statusNote), "The notes name no list, or say nothing.");
  /** @type {Map<string, Note>} */
  const notes = new Map();
  for (const item of subject.statusNote) {
    const [index, note] = parseNote(item);
    require(!notes.has(index), "An index stands in the notes twice.");
    notes.set(index, note);
  }
  return { issuer: requireIssuer(document), lists, notes };
}

/** @param {any} value @returns {[string, Note]} */
function parseNote(value) {
  require(isObject(value), "A note must be an object.");
  const { statusListIndex: index, state: kind, effectiveDay: since, successor = null } = value;
  require(typeof index === "string" && INDEX.test(index) && NOTED.includes(kind), "The index or the state is not known.");
  require(successor === null || typeof successor === "string", "The successor must be a URL.");
  require(typeof since === "string" && DAY.test(since), "The day must be an ISO 8601 date.");
  requireTime(`${since}T00:00:00Z`);
  return [index, { kind, since }];
}
