// The verified trust list, as vc/trust/trust_list.py reads it.

import { fromBase58, fromBase64url } from "./keys.js";
import {
  has, isWithin, require, requireEach, requireFlag, requireNames, requireObject, requireText,
  requireTexts, requireTime, requireWhole, requireWholes, textOrNull, timeOrNull,
} from "./reading.js";
import { issuerOf } from "./shape.js";

/**
 * @typedef {Record<string, any>} JsonObject
 * @typedef {{prefixBits: number, parts: {url: string, sha256: Uint8Array}[]}} SignedBefore
 * @typedef {{multikey: string, validFrom: number, validUntil: number | null, compromisedSince: number | null,
 *   signedBefore: SignedBefore | null}} IssuerKey
 * @typedef {{types: Set<string>, validFrom: number, validUntil: number | null, codes: Set<string> | null,
 *   levels: Set<number> | null, suspensions: {start: number, until: number | null}[],
 *   withdrawn: {start: number, earlierStand: boolean} | null}} Accreditation
 * @typedef {{did: string, name: Map<string, string>, roles: Set<string>, keys: IssuerKey[],
 *   accreditations: Accreditation[], recognizedBy: string | null}} Issuer
 * @typedef {{url: string, version: number, rootVersion: number, validFrom: number, validUntil: number,
 *   issuers: Map<string, Issuer>}} TrustList
 */

const MAX_CHAIN = 8;
const MAX_PREFIX_BITS = 16;
const MAX_DIGEST_BYTES = 140;
const SHA256_BYTES = 32;
const SHA256_CODE = 0x12;
const VERIFIER_CLASSES = ["agency", "foreign-organisation", "employer", "public-body"];

/** @param {JsonObject} document @returns {TrustList} */
export function parseTrustList(document) {
  const subject = requireObject(document.credentialSubject);
  /** @type {Map<string, Issuer>} */
  const issuers = new Map();
  for (const issuer of requireEach(has(subject, "issuers") ? subject.issuers : "", parseIssuer)) {
    require(!issuers.has(issuer.did), "An issuer stands in the list twice.");
    issuers.set(issuer.did, issuer);
  }
  checkLicences(subject.verifiers);
  const root = issuerOf(document);
  return {
    url: requireText(document.id),
    version: requireWhole(subject.version, 1),
    rootVersion: requireWhole(subject.rootVersion, 1),
    validFrom: requireTime(document.validFrom),
    validUntil: requireTime(document.validUntil),
    issuers: new Map([...issuers].filter(([, entry]) => leadsTo(root, entry, issuers))),
  };
}

/** Whether the root recognised `entry`, or an authority that the root recognised did, and so on. */
function leadsTo(/** @type {string | null} */ root, /** @type {Issuer} */ entry, /** @type {Map<string, Issuer>} */ issuers) {
  if (entry.did === root) return true;
  for (let step = 0; step < MAX_CHAIN; step += 1) {
    if (entry.recognizedBy === null) return false;
    if (entry.recognizedBy === root) return true;
    const above = issuers.get(entry.recognizedBy);
    if (above === undefined || !above.roles.has("authority")) return false;
    entry = above;
  }
  return false;
}

/** @param {JsonObject} entry @returns {Issuer} */
function parseIssuer(entry) {
  return {
    did: requireText(entry.id),
    name: requireNames(entry.name),
    roles: requireTexts(entry.roles),
    keys: requireEach(has(entry, "keys") ? entry.keys : "", parseKey),
    accreditations: requireEach(entry.accreditations, parseAccreditation),
    recognizedBy: textOrNull(entry.recognizedBy),
  };
}

/** @param {JsonObject} entry @returns {IssuerKey} */
function parseKey(entry) {
  const compromisedSince = timeOrNull(entry.compromisedSince);
  const signedBefore = parseSignedBefore(entry.signedBefore);
  require(signedBefore === null || compromisedSince !== null, "Only a compromised key has a set of what it signed.");
  return {
    multikey: requireText(entry.publicKeyMultibase),
    validFrom: requireTime(entry.validFrom),
    validUntil: timeOrNull(entry.validUntil),
    compromisedSince,
    signedBefore,
  };
}

/** @param {any} value @returns {SignedBefore | null} */
function parseSignedBefore(value) {
  if (value === null || value === undefined) return null;
  const entry = requireObject(value);
  const prefixBits = requireWhole(entry.prefixBits, 0, MAX_PREFIX_BITS);
  const parts = requireEach(entry.parts, (part) => ({ sha256: parseDigest(part.digestMultibase), url: requireText(part.id) }));
  require(parts.length === 2 ** prefixBits, "There must be one part for each prefix.");
  return { prefixBits, parts };
}

/** The SHA-256 in a multihash, or bare, in multibase. @param {any} value */
function parseDigest(value) {
  const text = requireText(value);
  require("uz".includes(text[0]), "The digest cannot be read.");
  const bytes = text[0] === "z" ? fromBase58(text, MAX_DIGEST_BYTES) : fromBase64url(text.slice(1), MAX_DIGEST_BYTES);
  if (bytes.length === SHA256_BYTES) return bytes;
  const isSha256 = bytes.length === SHA256_BYTES + 2 && bytes[0] === SHA256_CODE && bytes[1] === SHA256_BYTES;
  require(isSha256, "The digest must be SHA-256.");
  return bytes.slice(2);
}

/** @param {JsonObject} entry @returns {Accreditation} */
function parseAccreditation(entry) {
  const { qualificationCodes: codes = null, cqfLevels: levels = null, withdrawn = null } = entry;
  return {
    types: requireTexts(entry.credentialTypes),
    validFrom: requireTime(entry.validFrom),
    validUntil: timeOrNull(entry.validUntil),
    codes: codes === null ? null : requireTexts(codes),
    levels: levels === null ? null : requireWholes(levels),
    suspensions: requireEach(entry.suspensions, parseSuspension),
    withdrawn: withdrawn === null ? null : parseWithdrawal(requireObject(withdrawn)),
  };
}

/** @param {JsonObject} entry */
function parseSuspension(entry) {
  const start = requireTime(entry.from);
  const until = timeOrNull(entry.until);
  require(until === null || until > start, "A suspension must end after it begins.");
  return { start, until };
}

/** @param {JsonObject} entry */
const parseWithdrawal = (entry) => ({ start: requireTime(entry.from), earlierStand: requireFlag(entry.earlierStand) });

/** Licences are not needed for a card, but a list with a wrong one is wrong as a whole. @param {any} value */
function checkLicences(value) {
  const numbers = requireEach(value, (entry) => {
    require(VERIFIER_CLASSES.includes(requireText(entry.class)), "The class of verifier is not known.");
    for (const name of ["office", "phone"]) requireText(entry[name]);
    for (const name of ["countries", "programmes"]) requireTexts(entry[name]);
    for (const name of ["inspectionGrade", "vouchedBy"]) textOrNull(entry[name]);
    requireNames(entry.name);
    requireTime(entry.validFrom);
    timeOrNull(entry.validUntil);
    requireEach(entry.suspensions, parseSuspension);
    return requireText(entry.licenceNumber);
  });
  require(new Set(numbers).size === numbers.length, "A licence stands in the list twice.");
}

/** Whether an accreditation runs at `moment`. @param {Accreditation} granted @param {number} moment */
export const runsAt = (granted, moment) => isWithin(moment, granted.validFrom, granted.validUntil);

