// Whose key it was, and whether it was in good standing: vc/verify/authentic.py and vc/verify/signed_before.py.

import { documentOfKey, documentUrl, didOf, findMethod, isKeyItself, isUsableAt, parseDocument } from "./did.js";
import { judgeKey, unsure } from "./entitled.js";
import { fromBase64url, hexOf, sameBytes, sha256 } from "./keys.js";
import { appendedContexts, ASSERTION, parseProofs, verifyProof } from "./proof.js";
import { Refused, require, requireObject, requireText, requireTime, requireWhole } from "./reading.js";
import { bytesOf, parseJsonObject } from "./strict-json.js";

/**
 * @typedef {import("./round.js").Round} Round
 * @typedef {import("./trust-list.js").TrustList} TrustList
 * @typedef {import("./trust-list.js").IssuerKey} IssuerKey
 * @typedef {import("./entitled.js").Judgement} Judgement
 */

const DIGEST_BYTES = 32;
const MAX_PART_BYTES = 700_000;

/**
 * The keys of `did`, or null where they are not at hand.
 * @param {Round} current @param {string} did @param {TrustList} trusted
 */
export async function keyDocument(current, did, trusted) {
  try {
    if (isKeyItself(did)) return await documentOfKey(did);
    const text = trusted.issuers.has(did) ? current.fetched(documentUrl(did)) : null;
    return text === null ? null : await parseDocument(did, text);
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

/**
 * Whether a signature says it was made after the keys of `did` at hand were got.
 * @param {Round} current @param {string} did @param {number} created
 */
export const isNewerThanDocument = (current, did, created) =>
  !isKeyItself(did) && current.isOlder(documentUrl(did), created);

/**
 * What the trust list knows of a key's history; null when nothing speaks against it.
 * @param {Round} current @param {TrustList} trusted @param {string} did @param {string} multikey
 * @param {number | null} created @param {Uint8Array} signed the bytes the signature is over @returns {Promise<Judgement | null>}
 */
export async function judgeHistory(current, trusted, did, multikey, created, signed) {
  const issuer = trusted.issuers.get(did);
  if (issuer === undefined || isKeyItself(did)) return null;
  if (created === null) return unsure("keyHistoryUncertain");
  const key = issuer.keys.find((one) => one.multikey === multikey) ?? null;
  const known = await wasSignedBefore(current, key, created, signed);
  if (known === undefined) return unsure("keyDigestsUnavailable");
  return judgeKey(key, created, known, current.isOlder(trusted.url, created, trusted.validFrom));
}

/**
 * Whether the issuance log held this signature before the key was stolen: null where that is not asked,
 * undefined where it cannot be told.
 * @param {Round} current @param {IssuerKey | null} key @param {number} created @param {Uint8Array} signed
 */
async function wasSignedBefore(current, key, created, signed) {
  if (key === null || key.signedBefore === null || key.compromisedSince === null) return null;
  if (created >= key.compromisedSince) return null;
  const name = await sha256(signed);
  const number = prefixOf(name, key.signedBefore.prefixBits);
  const part = key.signedBefore.parts[number];
  const text = current.fetched(part.url);
  if (text === null || !sameBytes(await sha256(bytesOf(text)), part.sha256)) return undefined;
  try {
    return readDigests(text, key, number).has(hexOf(name));
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}

/** The number in the first bits of a digest. @param {Uint8Array} digest @param {number} bits at most 16 */
const prefixOf = (digest, bits) => ((digest[0] << 8) | digest[1]) >>> (16 - bits);

/** The digests of part `number`, in hex. @param {string} text @param {IssuerKey} key @param {number} number */
function readDigests(text, key, number) {
  const subject = requireObject(parseJsonObject(text).credentialSubject);
  const bits = /** @type {import("./trust-list.js").SignedBefore} */ (key.signedBefore).prefixBits;
  const isThis = requireText(subject.publicKeyMultibase) === key.multikey
    && requireTime(subject.signedBefore) === key.compromisedSince
    && requireWhole(subject.prefixBits, 0) === bits && requireWhole(subject.prefix, 0) === number;
  require(isThis, "This is another key's set, or another part of it.");
  const spelled = requireText(subject.digests);
  require(spelled[0] === "u", "The digests cannot be read.");
  const packed = fromBase64url(spelled.slice(1), MAX_PART_BYTES);
  require(packed.length % DIGEST_BYTES === 0, "The digests must be whole.");
  /** @type {string[]} */
  const digests = [];
  for (let at = 0; at < packed.length; at += DIGEST_BYTES) {
    const digest = packed.subarray(at, at + DIGEST_BYTES);
    require(prefixOf(digest, bits) === number, "A digest stands in another part's place.");
    digests.push(hexOf(digest));
  }
  require(digests.every((digest, at) => at === 0 || digests[at - 1] < digest), "The digests must be sorted.");
  return new Set(digests);
}

/**
 * What the proofs of a published document cover, when each of them holds and was made with a key of `did`.
 * @param {Round} current @param {Record<string, any>} document @param {string} did @param {TrustList} trusted
 * @returns {Promise<Record<string, any> | null>}
 */
export async function coveredBy(current, document, did, trusted) {
  let proofs;
  try {
    proofs = parseProofs(document);
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
  /** @type {Record<string, any> | null} */
  let covered = null;
  for (const proof of proofs) {
    const found = await checkProof(current, document, proof, did, trusted);
    if (found === null) return null;
    covered ??= found;
  }
  return covered;
}

/**
 * @param {Round} current @param {Record<string, any>} document @param {import("./proof.js").Proof} proof
 * @param {string} did @param {TrustList} trusted
 */
async function checkProof(current, document, proof, did, trusted) {
  const { now, policy } = current;
  const isTimely = (proof.created === null || proof.created <= now + policy.maxSkew)
    && (proof.expires === null || proof.expires > now - policy.maxSkew);
  if (proof.purpose !== ASSERTION || !isTimely || didOf(proof.method) !== did) return null;
  const keys = await keyDocument(current, did, trusted);
  const method = keys === null ? null : findMethod(keys, proof.method, ASSERTION);
  if (method === null || (proof.created !== null && !isUsableAt(method, proof.created))) return null;
  const result = await verifyProof(document, proof, method.key);
  // A context that was appended after signing would have to be known; none is needed.
  if (result === null || appendedContexts(document, result.document).length > 0) return null;
  const fault = await judgeHistory(current, trusted, did, method.key.multikey, proof.created, result.signed);
  return fault === null ? result.document : null;
}
