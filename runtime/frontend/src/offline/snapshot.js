// A snapshot as `GET /verify/offline/snapshot` gives it, and the policy to judge it by.

import { isObject, Refused, require } from "./reading.js";
import { Round } from "./round.js";
import { MINUTE, parseTimestamp } from "./timestamps.js";
import { parseAnchor } from "./trusted.js";

/**
 * What a page remembers of its first snapshot: whom it trusts and where that stands.
 * @typedef {{trustAnchor: string, didHost: string, trustListUrl: string, trustRootUrl: string, demo: boolean}} Pinned
 * @typedef {Pinned & {format: string, madeAt: string, serverTime: string, documents: import("./round.js").Documents}} Snapshot
 * @typedef {import("./trusted.js").Seen} Seen
 */

export const FORMAT = "skills-passport-snapshot-1";
const MAX_SKEW = 5 * MINUTE;
const TEXTS = /** @type {const} */ (["trustAnchor", "didHost", "trustListUrl", "trustRootUrl"]);

/** @param {any} value @returns {Snapshot} */
export function requireSnapshot(value) {
  require(isObject(value) && value.format === FORMAT && isObject(value.documents), "This is not a snapshot.");
  const isWhole = [...TEXTS, "madeAt", "serverTime"].every((name) => typeof value[name] === "string");
  require(isWhole && typeof value.demo === "boolean", "A part of the snapshot is missing.");
  const bodies = Object.values(value.documents);
  require(bodies.every((item) => isObject(item) && typeof item.body === "string"), "A document of the snapshot is missing.");
  return /** @type {Snapshot} */ (value);
}

/** @param {Snapshot} snapshot @returns {Pinned} */
export const pinnedOf = ({ trustAnchor, didHost, trustListUrl, trustRootUrl, demo }) =>
  ({ trustAnchor, didHost, trustListUrl, trustRootUrl, demo });

/**
 * The check to be made at `now` (microseconds) over the documents of a snapshot, by what was pinned.
 * @param {Snapshot} snapshot @param {Pinned} pinned @param {number} now @param {Seen | null} seen
 */
export async function roundOver(snapshot, pinned, now, seen) {
  const { trustListUrl, trustRootUrl, demo } = pinned;
  const anchor = await parseAnchor(pinned.trustAnchor, `did:web:${pinned.didHost}:trust`);
  return new Round(snapshot.documents, { trustListUrl, trustRootUrl, anchor, refuseDemo: !demo, maxSkew: MAX_SKEW }, now, seen);
}

/** A time of the snapshot in microseconds. @param {string} text */
export function timeOf(text) {
  const time = parseTimestamp(text);
  if (time === null) throw new Refused("A time of the snapshot cannot be read.");
  return time;
}

/** When the first of the signed documents runs out, by what they say of themselves. @param {Snapshot} snapshot */
export function validUntil(snapshot) {
  const ends = Object.values(snapshot.documents).map(({ body }) => endOf(body)).filter((end) => end !== null);
  return ends.length === 0 ? null : Math.min(...ends);
}

/** @param {string} body @returns {number | null} */
function endOf(body) {
  let document;
  try {
    document = JSON.parse(body);
  } catch {
    return null;
  }
  const newest = Array.isArray(document?.roots) ? document.roots[document.roots.length - 1] : document;
  return typeof newest?.validUntil === "string" ? parseTimestamp(newest.validUntil) : null;
}
