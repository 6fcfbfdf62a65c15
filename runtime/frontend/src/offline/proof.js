// Data Integrity proofs of the suite eddsa-jcs-2022, in which everything a card rests on is published.
// As vc/proof/proofs.py and vc/proof/data_integrity.py; a proof of another suite is never good here.

import canonicalize from "canonicalize";

import { bytesOf } from "./strict-json.js";
import { fromBase58, sha256, verify } from "./keys.js";
import { asList, has, isObject, requireTime, require } from "./reading.js";
import { isUrl } from "./shape.js";

/**
 * @typedef {Record<string, any>} JsonObject
 * @typedef {{suite: string, method: string, purpose: string, signature: Uint8Array, raw: JsonObject,
 *   id: string | null, created: number | null, expires: number | null}} Proof
 * @typedef {{document: JsonObject, signed: Uint8Array}} Verified
 */

export const SUITE = "eddsa-jcs-2022";
export const ASSERTION = "assertionMethod";
const LEGACY_TYPE = "Ed25519Signature2020";
const MAX_PROOFS = 8;
const MAX_SIGNATURE_BYTES = 200;
const MAX_TEXT = 2_000;

/** The proofs of a secured document, in their order. @param {JsonObject} secured @returns {Proof[]} */
export function parseProofs(secured) {
  if (!has(secured, "proof")) return [];
  const entries = Array.isArray(secured.proof) ? secured.proof : [secured.proof];
  require(entries.length > 0 && entries.length <= MAX_PROOFS, "The document has no proof, or too many.");
  const proofs = entries.map(parseProof);
  const ids = proofs.map((proof) => proof.id).filter((id) => id !== null);
  require(new Set(ids).size === ids.length, "Two proofs have the same id.");
  return proofs;
}

/** @param {any} entry @returns {Proof} */
function parseProof(entry) {
  require(isObject(entry), "A proof is not an object.");
  const isLegacy = entry.type === LEGACY_TYPE;
  require(isLegacy || entry.type === "DataIntegrityProof", "A proof has a type that is not supported.");
  if (isLegacy) shortText(entry.created);
  for (const name of ["challenge", "nonce"]) if (has(entry, name)) shortText(entry[name]);
  for (const name of ["domain", "previousProof"]) if (has(entry, name)) shortTexts(entry[name]);
  return {
    suite: isLegacy ? LEGACY_TYPE : shortText(entry.cryptosuite),
    method: url(entry.verificationMethod),
    purpose: shortText(entry.proofPurpose),
    signature: fromBase58(shortText(entry.proofValue), MAX_SIGNATURE_BYTES),
    raw: entry,
    id: has(entry, "id") ? url(entry.id) : null,
    created: has(entry, "created") ? requireTime(shortText(entry.created), false) : null,
    expires: has(entry, "expires") ? requireTime(shortText(entry.expires), false) : null,
  };
}

/** @param {any} value @returns {string} */
function shortText(value) {
  require(typeof value === "string" && value !== "" && Array.from(value).length <= MAX_TEXT, "A short text is expected.");
  return value;
}

/** @param {any} value */
function shortTexts(value) {
  const items = Array.isArray(value) ? value : [value];
  require(items.length > 0 && items.length <= MAX_PROOFS, "A member of a proof has no entry, or too many.");
  items.forEach(shortText);
}

/** @param {any} value @returns {string} */
function url(value) {
  require(isUrl(shortText(value)), "A member of a proof is not a URL.");
  return value;
}

/** @param {JsonObject} document @returns {JsonObject} */
export function withoutProof(document) {
  const { proof: _, ...unsecured } = document;
  return unsecured;
}

/**
 * What `proof` of `secured` covers, or null where it does not hold with this key.
 * @param {JsonObject} secured @param {Proof} proof @param {import("./keys.js").PublicKey} key @returns {Promise<Verified | null>}
 */
export async function verifyProof(secured, proof, key) {
  if (proof.suite !== SUITE || key.kind.type !== "Ed25519" || has(proof.raw, "previousProof")) return null;
  const document = signedDocument(withoutProof(secured), proof.raw);
  if (document === null) return null;
  const { proofValue: _, ...config } = proof.raw;
  const hashes = await Promise.all([config, document].map((part) => sha256(canonical(part))));
  const signed = Uint8Array.of(...hashes[0], ...hashes[1]);
  return (await verify(key, proof.signature, signed)) ? { document, signed } : null;
}

/** @param {any} value */
export const canonical = (value) => bytesOf(/** @type {string} */ (canonicalize(value)));

/**
 * The document with the contexts that were signed: others may have been appended since, and only appended.
 * @param {JsonObject} unsecured @param {JsonObject} proof @returns {JsonObject | null}
 */
function signedDocument(unsecured, proof) {
  if (!has(proof, "@context")) return unsecured;
  const signed = listOf(proof["@context"]);
  const found = has(unsecured, "@context") ? listOf(unsecured["@context"]).slice(0, signed.length) : [];
  return canonicalize(found) === canonicalize(signed) ? { ...unsecured, "@context": proof["@context"] } : null;
}

/** @param {any} value @returns {any[]} */
const listOf = (value) => (Array.isArray(value) ? value : [value]);

/** The contexts that were appended after signing. @param {JsonObject} secured @param {JsonObject} document */
export const appendedContexts = (secured, document) =>
  asList(secured["@context"]).slice(asList(document["@context"]).length);
