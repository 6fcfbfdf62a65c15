// Was the issuer entitled, and was the key its own at that time? As vc/trust/entitled.py.

import { isWithin } from "./reading.js";
import { runsAt } from "./trust-list.js";

/**
 * @typedef {{answer: "yes" | "no" | "couldNotCheck", reason: string}} Judgement
 * @typedef {{type: string, code: string, level: number | null}} Award
 * @typedef {import("./trust-list.js").Accreditation} Accreditation
 */

/** @param {string} reason @returns {Judgement} */
export const yes = (reason) => ({ answer: "yes", reason });
/** @param {string} reason @returns {Judgement} */
export const no = (reason) => ({ answer: "no", reason });
/** @param {string} reason @returns {Judgement} */
export const unsure = (reason) => ({ answer: "couldNotCheck", reason });

// A no for what a list does not have, and what it becomes where the list is older than the signature.
/** @type {Map<string, string>} */
const NEWER_THAN_LIST = new Map([
  ["keyNotIssuers", "keyNewerThanList"],
  ["issuerUnknown", "issuerNewerThanList"],
  ["typeNotAccredited", "accreditationNewerThanList"],
  ["qualificationNotAccredited", "accreditationNewerThanList"],
  ["levelNotAccredited", "accreditationNewerThanList"],
]);

/** What is said of parties that are not on the trust list, or not to be relied on. */
export const STRANGERS = ["issuerUnknown", "issuerDemo", "issuerNewerThanList"];

/**
 * Whether a signature may be later than `asOf`, the last moment a document is known to be whole. The clock it
 * was made by may be behind. It is at hand now, so it was made by now whatever it says; one that says it is of
 * the future is not believed.
 * @param {number} created @param {number} asOf @param {number} now @param {number} skew
 */
export const isNewerThan = (created, asOf, now, skew) =>
  created <= now + skew && Math.min(created + skew, now) > asOf;

/**
 * Where something is not on a list: a no for this reason, unless the list is older than the signature.
 * @param {string} reason @param {boolean} isNewer @returns {Judgement}
 */
export function judgeAbsence(reason, isNewer) {
  const newer = isNewer ? NEWER_THAN_LIST.get(reason) : undefined;
  return newer === undefined ? no(reason) : unsure(newer);
}

/**
 * Whether an issuer could sign with this key at `created`; null when nothing speaks against it.
 * @param {import("./trust-list.js").IssuerKey | null} key @param {number} created
 * @param {boolean | null} wasSignedBefore whether the log held this signature before the theft
 * @param {boolean} isNewer whether it was made after the list was whole
 * @returns {Judgement | null}
 */
export function judgeKey(key, created, wasSignedBefore, isNewer) {
  if (key === null) return judgeAbsence("keyNotIssuers", isNewer);
  if (key.compromisedSince !== null) {
    if (created >= key.compromisedSince || wasSignedBefore === false) return no("keyCompromised");
    if (wasSignedBefore === null) return unsure("keyHistoryUncertain");
  }
  return isWithin(created, key.validFrom, key.validUntil) ? null : no("keyRetired");
}

/**
 * Whether the issuer was accredited for this award when it signed.
 * @param {import("./trust-list.js").TrustList} list @param {string} did @param {Award} award @param {number} created
 * @param {boolean} refuseDemo @param {boolean} isNewer whether it signed after the list was whole
 * @returns {Judgement}
 */
export function judgeEntitled(list, did, award, created, refuseDemo, isNewer) {
  if (refuseDemo && isDemoDid(did)) return no("issuerDemo");
  const issuer = list.issuers.get(did);
  if (issuer === undefined || !issuer.roles.has("issuer")) return judgeAbsence("issuerUnknown", isNewer);
  const judged = narrow(issuer.accreditations, award, created);
  return judged.answer === "yes" ? judged : judgeAbsence(judged.reason, isNewer);
}

/** @param {Accreditation[]} accreditations @param {Award} award @param {number} created */
function narrow(accreditations, award, created) {
  let left = accreditations.filter(({ types }) => types.has(award.type));
  if (left.length === 0) return no("typeNotAccredited");
  left = left.filter(({ codes }) => codes === null || codes.has(award.code));
  if (left.length === 0) return no("qualificationNotAccredited");
  const { level } = award;
  if (level !== null) left = left.filter(({ levels }) => levels === null || levels.has(level));
  if (left.length === 0) return no("levelNotAccredited");
  return inTime(left.filter((granted) => runsAt(granted, created)), created);
}

/** One accreditation that stands at its date suffices. @param {Accreditation[]} running @param {number} created */
function inTime(running, created) {
  if (running.length === 0) return no("dateNotAccredited");
  const covers = (/** @type {{start: number, earlierStand: boolean}} */ end) => !end.earlierStand || created >= end.start;
  let left = running.filter(({ withdrawn }) => withdrawn === null || !covers(withdrawn));
  if (left.length === 0) return no("accreditationWithdrawn");
  left = left.filter(({ suspensions }) => !suspensions.some(({ start, until }) => isWithin(created, start, until)));
  return left.length === 0 ? no("issuerSuspended") : yes("issuerAccredited");
}

/** Whether a did:web lives under the reserved `.example` domain. @param {string} did */
export function isDemoDid(did) {
  if (!did.startsWith("did:web:")) return false;
  const host = did.slice("did:web:".length).split(":")[0].split("%")[0].replace(/\.+$/, "").toLowerCase();
  return host === "example" || host.endsWith(".example");
}
