// From the pinned keys to the trust list in force: vc/trust/root.py and vc/verify/trusted.py.

import canonicalize from "canonicalize";

import { fromMultikey, hexOf, isRootKey, sha256 } from "./keys.js";
import { ASSERTION, canonical, parseProofs, SUITE, verifyProof, withoutProof } from "./proof.js";
import { has, isWithin, Refused, require, requireEach, requireList, requireObject, requireText, requireTime,
  requireWhole, timeOrNull } from "./reading.js";
import { isCredential, issuerOf, typesOf } from "./shape.js";
import { parseJsonObject } from "./strict-json.js";
import { parseTrustList } from "./trust-list.js";

/**
 * @typedef {Record<string, any>} JsonObject
 * @typedef {{did: string, threshold: number, keys: string[]}} Anchor
 * @typedef {{multikey: string, validFrom: number, validUntil: number | null}} ListKey
 * @typedef {{version: number, threshold: number, keys: string[], listKeys: ListKey[], validFrom: number,
 *   validUntil: number, digest: string}} Root
 * @typedef {{rootVersion: number, rootDigest: string, listVersion: number, listDigest: string, listKey: string}} Seen
 * @typedef {import("./trust-list.js").TrustList} TrustList
 * @typedef {{list: TrustList | null, reason: string | null, seen: Seen | null}} Trust
 */

const MAX_KEYS = 8;
const MAX_ROOTS = 1_000;

/**
 * Read `2:z6Mk…,z6Mk…`, as the server's setting has it.
 * @param {string} text @param {string} did @returns {Promise<Anchor>}
 */
export async function parseAnchor(text, did) {
  const [number, rest] = text.includes(":") ? text.split(/:(.*)/s) : ["1", text];
  const keys = rest.split(",").map((key) => key.trim());
  const threshold = /^[0-9]+$/.test(number) ? Number(number.slice(0, 3)) : 0;
  const areKeys = (await Promise.all(keys.map(isRootKey))).every(Boolean) && new Set(keys).size === keys.length;
  require(areKeys && (text.includes(":") || keys.length === 1), "The anchor names other things than keys.");
  require(threshold >= 1 && threshold <= keys.length && keys.length <= MAX_KEYS, "The anchor asks for too few or too many.");
  return { did, threshold, keys };
}

/** @param {string} reason @returns {Trust} */
const none = (reason) => ({ list: null, reason, seen: null });

/**
 * The verified, unexpired trust list, or why there is none.
 * @param {import("./round.js").Round} current @returns {Promise<Trust>}
 */
export async function trustInForce(current) {
  const { policy, now, seen } = current;
  const listText = current.fetched(policy.trustListUrl);
  const rootText = current.fetched(policy.trustRootUrl);
  if (listText === null || rootText === null) return none("trustListUnavailable");
  const root = await orNull(() => newestRoot(rootText, policy.anchor));
  if (root === null) return none("trustListInvalid");
  if (!isWithin(now, root.validFrom - policy.maxSkew, root.validUntil)) return none("trustListUnavailable");
  const checked = await orNull(() => checkList(listText, policy, root));
  if (checked === null) return none("trustListInvalid");
  const { list, key } = checked;
  const fault = listFault(current, root, list, key);
  if (fault !== null) return none(fault);
  const atHand = {
    rootVersion: root.version,
    rootDigest: root.digest,
    listVersion: list.version,
    listDigest: await current.digest(policy.trustListUrl),
    listKey: key.multikey,
  };
  if (seen !== null && goesBack(atHand, seen, root, now)) return none("trustListRolledBack");
  return { list, reason: null, seen: atHand };
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

/** The newest root that the anchor leads to, when the whole chain holds. @param {string} text @param {Anchor} anchor */
async function newestRoot(text, anchor) {
  const body = parseJsonObject(text);
  const documents = requireEach(has(body, "roots") ? body.roots : "", (entry) => entry);
  require(documents.length >= 1 && documents.length <= MAX_ROOTS, "There are no root documents, or too many.");
  /** @type {Root | null} */
  let newest = null;
  for (const document of documents) {
    const root = await parseRoot(document, anchor.did);
    if (newest === null) {
      // Older ones than the first that the pinned keys signed are passed over.
      if (!(await isSigned(document, anchor.keys, anchor.threshold))) continue;
    } else {
      require(root.version === newest.version + 1, "The root documents do not follow one another.");
      const isNamed = await isSigned(document, newest.keys, newest.threshold);
      require(isNamed, "A root document is not signed by enough of its predecessor's keys.");
    }
    require(await isSigned(document, root.keys, root.threshold), "A root document is not signed by enough of its own keys.");
    newest = root;
  }
  if (newest === null) throw new Refused("No root document is signed by enough of the pinned keys.");
  return newest;
}

/**
 * Whether enough of `keys` rightly signed all of `document`.
 * @param {JsonObject} document @param {string[]} keys @param {number} threshold
 */
async function isSigned(document, keys, threshold) {
  const unsecured = canonicalize(withoutProof(document));
  const named = new Map(keys.map((key) => [`did:key:${key}#${key}`, key]));
  const found = new Set();
  for (const proof of parseProofs(document)) {
    const key = named.get(proof.method);
    if (key === undefined || proof.suite !== SUITE || proof.purpose !== ASSERTION) continue;
    const result = await verifyProof(document, proof, await fromMultikey(key));
    if (result !== null && canonicalize(result.document) === unsecured) found.add(key);
  }
  return found.size >= threshold;
}

/** @param {JsonObject} document @param {string} did @returns {Promise<Root>} */
async function parseRoot(document, did) {
  const isRoot = isCredential(document) && typesOf(document).has("TrustRootCredential") && issuerOf(document) === did;
  require(isRoot, "What was fetched is not a root document of this root.");
  const subject = requireObject(document.credentialSubject);
  const keys = await rootKeys(requireList(subject.rootKeys).map(requireText));
  const listKeys = requireEach(subject.listKeys, (entry) => ({
    multikey: requireText(entry.publicKeyMultibase),
    validFrom: requireTime(entry.validFrom),
    validUntil: timeOrNull(entry.validUntil),
  }));
  await rootKeys(listKeys.map((key) => key.multikey));
  return {
    version: requireWhole(subject.version, 1),
    threshold: requireWhole(subject.threshold, 1, keys.length),
    keys,
    listKeys,
    validFrom: requireTime(document.validFrom),
    validUntil: requireTime(document.validUntil),
    digest: hexOf(await sha256(canonical(withoutProof(document)))),
  };
}

/** One to eight Ed25519 keys, each named once. @param {string[]} keys */
async function rootKeys(keys) {
  const isCount = keys.length >= 1 && keys.length <= MAX_KEYS && new Set(keys).size === keys.length;
  require(isCount && (await Promise.all(keys.map(isRootKey))).every(Boolean), "One to eight Ed25519 keys are expected.");
  return keys;
}

/**
 * The list and the key that signed it.
 * @param {string} text @param {import("./round.js").Policy} policy @param {Root} root
 */
async function checkList(text, policy, root) {
  const document = parseJsonObject(text);
  require(isCredential(document) && typesOf(document).has("TrustListCredential"), "What was fetched is not a trust list.");
  const isOurs = issuerOf(document) === policy.anchor.did && document.id === policy.trustListUrl;
  require(isOurs, "The trust list is not the root's, or not this one.");
  const proofs = parseProofs(document);
  require(proofs.length === 1 && proofs[0].purpose === ASSERTION, "The trust list must carry one proof.");
  for (const key of root.listKeys) {
    const result = await verifyProof(document, proofs[0], await fromMultikey(key.multikey));
    if (result !== null) return { list: parseTrustList(result.document), key };
  }
  throw new Refused("The trust list is not signed by a key that the newest root names.");
}

/** What time and the root say against a rightly signed list. */
function listFault(
  /** @type {import("./round.js").Round} */ { now, policy }, /** @type {Root} */ root,
  /** @type {TrustList} */ list, /** @type {ListKey} */ key,
) {
  const mayAt = (/** @type {number} */ moment) => isWithin(moment, key.validFrom, key.validUntil);
  // Now, too: whoever has a retired key dates the list as they please.
  if (!mayAt(list.validFrom) || !mayAt(now)) return "trustListInvalid";
  if (list.rootVersion > root.version) return "trustListUnavailable";
  return isWithin(now, list.validFrom - policy.maxSkew, list.validUntil) ? null : "trustListUnavailable";
}

/** Whether what is at hand is older than what was seen, or another of the same number. */
function goesBack(
  /** @type {Seen} */ atHand, /** @type {Seen} */ seen, /** @type {Root} */ root, /** @type {number} */ now,
) {
  if (atHand.rootVersion < seen.rootVersion) return true;
  if (atHand.rootVersion === seen.rootVersion && atHand.rootDigest !== seen.rootDigest) return true;
  const standing = root.listKeys.filter((key) => isWithin(now, key.validFrom, key.validUntil));
  if (!standing.some((key) => key.multikey === seen.listKey)) return false;
  if (atHand.listVersion === seen.listVersion) return atHand.listDigest !== seen.listDigest;
  return atHand.listVersion < seen.listVersion;
}
