// The check of a passport card without a network: the same four questions, in the same order, with the same
// answers as vc/verify/card.py. tests/unit/verifier/offline_cases.py holds the two against one another.

import { isNewerThanDocument, judgeHistory, keyDocument } from "./authentic.js";
import { parseCard, UnknownCardVersion } from "./card-text.js";
import { findMethod, isUsableAt } from "./did.js";
import { isDemoDid, judgeAbsence, judgeEntitled, no, STRANGERS, unsure, yes } from "./entitled.js";
import { fromMultikey, keyName, sameBytes, verify } from "./keys.js";
import { isWithin, Refused } from "./reading.js";
import { bitAt, noteFor, statusList } from "./status.js";
import { MINUTE } from "./timestamps.js";
import { trustInForce } from "./trusted.js";

/**
 * @typedef {import("./round.js").Round} Round
 * @typedef {import("./entitled.js").Judgement} Judgement
 * @typedef {import("./card-text.js").UnverifiedCard} UnverifiedCard
 * @typedef {import("./card-claims.js").Card} Card
 * @typedef {import("./card-claims.js").Place} Place
 * @typedef {import("./trust-list.js").TrustList} TrustList
 * @typedef {import("./trust-list.js").Issuer} Issuer
 * @typedef {Judgement & {since?: string | null}} Force
 * @typedef {{authentic: Judgement, entitled: Judgement, inForce: Force, thisPersons: Judgement, card: Card | null,
 *   issuer: Issuer | null, isDemo: boolean, seen: import("./trusted.js").Seen | null}} Verification
 */

const MAX_SKEW = 5 * MINUTE;
const LIST_SUITE = "eddsa-jcs-2022";
const NOT_REACHED = unsure("notReached");
const FOLDERS = { revocation: "lists", suspension: "suspensions" };

/**
 * The four verdicts on the text of a card.
 * @param {Round} current @param {string} text @returns {Promise<Verification>}
 */
export async function verifyCard(current, text) {
  let received;
  try {
    received = parseCard(text);
  } catch (error) {
    if (error instanceof UnknownCardVersion) return unreadable(unsure("suiteUnknown"));
    if (error instanceof Refused) return unreadable(no("malformed"));
    throw error;
  }
  const trust = await trustInForce(current);
  if (trust.list === null) {
    const entitled = unsure(trust.reason ?? "trustListUnavailable");
    return answer({ authentic: unsure("keyUnavailable"), entitled, inForce: NOT_REACHED, seen: null });
  }
  const list = trust.list;
  const signers = await possibleSigners(received, list);
  const found = await signerAmong(received, signers);
  if (found === null && signers.length > 0) {
    return answer({ authentic: no("proofInvalid"), entitled: NOT_REACHED, inForce: NOT_REACHED, seen: trust.seen });
  }
  if (found === null) {
    const isNewer = current.isOlder(list.url, received.card.issuedAt, list.validFrom);
    const entitled = judgeAbsence("issuerUnknown", isNewer);
    return answer({ authentic: unsure("keyUnavailable"), entitled, inForce: NOT_REACHED, seen: trust.seen });
  }
  const authentic = await checkAuthentic(current, received, found, list);
  const entitled = checkEntitled(current, received.card, authentic, found.issuer, list);
  const inForce = await checkForce(current, received.card, authentic, entitled, list);
  const card = authentic.answer === "yes" ? received.card : null;
  return answer({ authentic, entitled, inForce, card, issuer: found.issuer, seen: trust.seen });
}

/** @param {Judgement} authentic */
const unreadable = (authentic) =>
  ({ ...answer({ authentic, entitled: NOT_REACHED, inForce: NOT_REACHED, seen: null }), thisPersons: NOT_REACHED });

/**
 * @param {{authentic: Judgement, entitled: Judgement, inForce: Force, card?: Card | null, issuer?: Issuer | null,
 *   seen: import("./trusted.js").Seen | null}} parts @returns {Verification}
 */
function answer({ card = null, issuer = null, ...parts }) {
  const isDemo = issuer !== null && isDemoDid(issuer.did);
  return { ...parts, thisPersons: unsure("identityNotChecked"), card, issuer, isDemo };
}

/**
 * @typedef {{issuer: Issuer, key: import("./keys.js").PublicKey}} Signer
 * @param {UnverifiedCard} received @param {TrustList} list @returns {Promise<Signer[]>}
 */
async function possibleSigners(received, list) {
  const signers = [];
  for (const issuer of list.issuers.values()) {
    for (const { multikey } of issuer.keys) {
      if (!sameBytes(await keyName(multikey), received.keyName)) continue;
      try {
        signers.push({ issuer, key: await fromMultikey(multikey) });
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
      }
    }
  }
  return signers;
}

/** @param {UnverifiedCard} received @param {Signer[]} signers @returns {Promise<Signer | null>} */
async function signerAmong(received, signers) {
  for (const signer of signers) {
    const { key } = signer;
    const isOfKind = received.algorithm === key.kind.algorithm;
    if (isOfKind && (await verify(key, received.signature, received.signed))) return signer;
  }
  return null;
}

/** Whether the key was the issuer's to sign with; the signature holds already. */
async function checkAuthentic(
  /** @type {Round} */ current, /** @type {UnverifiedCard} */ received, /** @type {Signer} */ { issuer, key },
  /** @type {TrustList} */ list,
) {
  const document = await keyDocument(current, issuer.did, list);
  if (document === null) return unsure("keyUnavailable");
  const { issuedAt } = received.card;
  const published = document.methods.find((method) => method.key.multikey === key.multikey);
  const method = published === undefined ? null : findMethod(document, published.id, "assertionMethod");
  if (method === null) return judgeAbsence("keyNotIssuers", isNewerThanDocument(current, issuer.did, issuedAt));
  if (!isUsableAt(method, issuedAt)) return no("keyRetired");
  const fault = await judgeHistory(current, list, issuer.did, key.multikey, issuedAt, received.signed);
  return fault ?? yes("proofValid");
}

/** Entitled to every fact; the first that is not decides. */
function checkEntitled(
  /** @type {Round} */ current, /** @type {Card} */ card, /** @type {Judgement} */ authentic,
  /** @type {Issuer} */ issuer, /** @type {TrustList} */ list,
) {
  const { refuseDemo } = current.policy;
  const isNewer = current.isOlder(list.url, card.issuedAt, list.validFrom);
  const judged = card.facts.map((fact) => judgeEntitled(list, issuer.did, fact, card.issuedAt, refuseDemo, isNewer));
  const worst = judged.find((one) => one.answer !== "yes") ?? judged[0];
  if (authentic.answer === "yes" || STRANGERS.includes(worst.reason)) return worst;
  return authentic.reason === "keyCompromised" ? no("keyCompromised") : NOT_REACHED;
}

/** @returns {Promise<Force>} */
async function checkForce(
  /** @type {Round} */ current, /** @type {Card} */ card, /** @type {Judgement} */ authentic,
  /** @type {Judgement} */ entitled, /** @type {TrustList} */ list,
) {
  if (authentic.answer !== "yes" || STRANGERS.includes(entitled.reason)) return NOT_REACHED;
  if (card.issuedAt > current.now + MAX_SKEW) return no("notYetValid");
  const status = await worstStatus(current, card, list);
  if (status.answer === "no") return status;
  // No allowance at the end: an expired paper stays expired.
  if (current.now >= card.expiresAt) return no("expired");
  return status;
}

/** The worst of all status entries: a no before what could not be checked. @returns {Promise<Force>} */
async function worstStatus(/** @type {Round} */ current, /** @type {Card} */ card, /** @type {TrustList} */ list) {
  /** @type {Force[]} */
  const answers = [];
  for (const place of placesOf(card)) {
    for (const purpose of /** @type {const} */ (["revocation", "suspension"])) {
      answers.push(await checkStatus(current, place, purpose, list));
    }
  }
  return answers.find((one) => one.answer === "no") ?? answers.find((one) => one.answer === "couldNotCheck") ?? answers[0];
}

/** The card's place and those of its facts, each once. @param {Card} card @returns {Place[]} */
function placesOf(card) {
  const places = [card.status, ...card.facts.map((fact) => fact.status)];
  return [...new Map(places.map((place) => [`${place.listId} ${place.index}`, place])).values()];
}

/** A card names no address: its lists stand beside the trust list. @param {string} url */
const originOf = (url) => /^[^:]*:\/\/[^/?#]*/.exec(url)?.[0] ?? "";

/** @returns {Promise<Force>} */
async function checkStatus(
  /** @type {Round} */ current, /** @type {Place} */ place, /** @type {"revocation" | "suspension"} */ purpose,
  /** @type {TrustList} */ list,
) {
  const url = `${originOf(list.url)}/status/${FOLDERS[purpose]}/${place.listId}/${LIST_SUITE}`;
  const text = current.fetched(url);
  if (text === null) return unsure("statusUnavailable");
  const status = await current.memoised(`list ${url}`, () => statusList(current, url, text, list));
  if (status === null || !status.purposes.has(purpose) || place.index >= status.bits.length * 8) return unsure("statusInvalid");
  const isCurrent = isWithin(current.now + MAX_SKEW, status.validFrom, null)
    && (status.validUntil === null || current.now < status.validUntil);
  // Revocation is final: its bit counts on a list that is too old to clear anybody.
  if (bitAt(status.bits, place.index) && (isCurrent || purpose === "revocation")) {
    return withdrawn(purpose, await noteFor(current, status, place.index, list));
  }
  return isCurrent ? yes("notRevoked") : unsure("statusStale");
}

/** @param {"revocation" | "suspension"} purpose @param {import("./status.js").Note | null} note @returns {Force} */
function withdrawn(purpose, note) {
  const isSuspension = note?.kind === "suspended";
  if (purpose === "suspension") return { ...no("suspended"), since: isSuspension ? note.since : null };
  const reason = note?.kind === "superseded" ? "cardReplaced" : "revoked";
  return { ...no(reason), since: note === null || isSuspension ? null : note.since };
}
