// What a card says: its CBOR claims, read as strictly as vc/card/claims.py reads them.

import { decode, encode } from "cborg";

import { unpackText } from "./card-names.js";
import { sameBytes } from "./keys.js";
import { Refused, require } from "./reading.js";
import { SECOND } from "./timestamps.js";

/**
 * @typedef {{listId: string, index: number}} Place
 * @typedef {{type: string, code: string, day: string, status: Place, level: number | null, isPart: boolean}} Fact
 * @typedef {{cardId: Uint8Array, kind: string, nameKhmer: string, nameLatin: string, birthYear: number,
 *   issuedAt: number, expiresAt: number, status: Place, facts: Fact[]}} Card
 */

const EXP = 4, IAT = 6, CTI = 7, CARD = -65537;
const KIND = 1, KHMER = 2, LATIN = 3, BIRTH_YEAR = 4, LIST = 5, INDEX = 6, FACTS = 7;
const KINDS = ["", "work", "health"];
/** @type {Map<number, {name: string, kind: string}>} */
const FACT_TYPES = new Map([
  [1, { name: "RPLCertificate", kind: "work" }],
  [2, { name: "TrainingCertificate", kind: "work" }],
  [64, { name: "HealthCheckStatus", kind: "health" }],
]);
const MAX_FACTS = 2;
const MAX_INDEX = 2 ** 32;
const MAX_TIME = 4_102_444_800;
const MAX_DAYS = 47_482;
const DAY_MS = 86_400_000;
const LIST_ID = /^[0-9A-Za-z_-]{1,64}$/;
const STRICT = {
  strict: true, useMaps: true, rejectDuplicateMapKeys: true, allowIndefinite: false, allowUndefined: false,
};

/** The value that `raw` spells in the one way it has; with `inOrder`, the labels of maps in theirs, too. */
export function readCbor(/** @type {Uint8Array} */ raw, { inOrder = true } = {}) {
  try {
    const value = decode(raw, STRICT);
    const again = encode(value, inOrder ? {} : { mapSorter: () => 0 });
    if (sameBytes(again, raw)) return value;
  } catch {
    // Whatever the reader found.
  }
  throw new Refused("The message is not CBOR in its one spelling.");
}

/** @param {Uint8Array} payload @returns {Card} */
export function parseClaims(payload) {
  const claims = members(readCbor(payload), [EXP, IAT, CTI, CARD]);
  const own = members(claims.get(CARD), [KIND, KHMER, LATIN, BIRTH_YEAR, LIST, INDEX, FACTS]);
  const cardId = claims.get(CTI);
  require(cardId instanceof Uint8Array && cardId.length === 16, "The card's identifier is not 16 bytes.");
  const listId = readListId(own.get(LIST));
  const kind = KINDS[whole(own.get(KIND), 1, 2)];
  const card = {
    cardId,
    kind,
    nameKhmer: unpackText(own.get(KHMER)),
    nameLatin: unpackText(own.get(LATIN)),
    birthYear: whole(own.get(BIRTH_YEAR), 1900, 2099),
    issuedAt: whole(claims.get(IAT), 0, MAX_TIME) * SECOND,
    expiresAt: whole(claims.get(EXP), 0, MAX_TIME) * SECOND,
    status: { listId, index: whole(own.get(INDEX), 0, MAX_INDEX) },
    facts: readFacts(own.get(FACTS), listId, kind),
  };
  require(card.expiresAt > card.issuedAt, "The card ends before it begins.");
  return card;
}

/** @param {any} value @param {string} listId @param {string} kind */
function readFacts(value, listId, kind) {
  require(Array.isArray(value) && value.length > 0 && value.length <= MAX_FACTS, "A card states one fact or two.");
  const facts = value.map((/** @type {any} */ item) => readFact(item, listId, kind));
  const spellings = new Set(facts.map((/** @type {Fact} */ fact) => JSON.stringify(fact)));
  require(spellings.size === facts.length, "A card states one fact twice.");
  return facts;
}

/** @param {any} value @param {string} listId @param {string} kind @returns {Fact} */
function readFact(value, listId, kind) {
  require(Array.isArray(value) && (value.length === 4 || value.length === 5), "A fact has another shape.");
  const [number, code, days, place] = value;
  const type = FACT_TYPES.get(number);
  if (type === undefined) throw new Refused("A fact of the card is of a type that is not known.");
  require(type.kind === kind, "A fact stands on a card of another kind.");
  const level = value.length === 5 ? whole(value[4], 0, 8) : null;
  return {
    type: type.name,
    code: unpackText(code),
    day: new Date(whole(days, 0, MAX_DAYS) * DAY_MS).toISOString().slice(0, 10),
    status: readPlace(place, listId),
    level: level === 0 ? null : level,
    isPart: level === 0,
  };
}

/** @param {any} value @param {string} listId @returns {Place} */
function readPlace(value, listId) {
  if (!Array.isArray(value)) return { listId, index: whole(value, 0, MAX_INDEX) };
  require(value.length === 2 && value[0] !== listId, "The status of a fact has another shape.");
  return { listId: readListId(value[0]), index: whole(value[1], 0, MAX_INDEX) };
}

/** @param {any} value @param {number[]} known @returns {Map<number, any>} */
function members(value, known) {
  require(value instanceof Map && value.size === known.length, "The card lacks a claim, or has one too many.");
  require(known.every((label) => value.has(label)), "The card has a claim that is not known here.");
  return value;
}

/** @param {any} value @param {number} least @param {number} most @returns {number} */
function whole(value, least, most) {
  require(Number.isInteger(value) && least <= value && value <= most, "A number on the card is out of bounds.");
  return value;
}

/** @param {any} value @returns {string} */
function readListId(value) {
  require(typeof value === "string" && LIST_ID.test(value), "The card does not name a status list.");
  return value;
}
