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

/**
 * Whether an issuer could sign with this key at `created`; null when nothing speaks against it.
 * @param {import("./trust-list.js").IssuerKey | null} key @param {number} created
 * @param {boolean | null} wasSignedBefore whether the log held this signature before the theft
 * @returns {Judgement | null}
 */
export function judgeKey(key, created, wasSignedBefore) {
  if (key === null) return no("keyNotIssuers");
  if (key.compromisedSince !== null) {
    if (created >= key.compromisedSince || wasSignedBefore === false) return no("keyCompromised");
    if (wasSignedBefore === null) return unsure("keyHistoryUncertain");
  }
  return isWithin(created, key.validFrom, key.validUntil) ? null : no("keyRetired");
}

/**
 * Whether the issuer was accredited for this award when it signed.
 * @param {import("./trust-list.js").TrustList} list @param {string} did @param {Award} award @param {number} created
 * @param {boolean} refuseDemo @returns {Judgement}
 */
export function judgeEntitled(list, did, award, created, refuseDemo) {
  if (refuseDemo && isDemoDid(did)) return no("issuerDemo");
  const issuer = list.issuers.get(did);
  if (issuer === undefined || !issuer.roles.has("issuer")) return no("issuerUnknown");
  let left = issuer.accreditations.filter(({ types }) => types.has(award.type));
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
