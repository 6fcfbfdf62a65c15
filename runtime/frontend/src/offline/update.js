// Getting a newer snapshot: taken only when it verifies under what was pinned at the first visit and is not
// older than one seen; otherwise the last good one stays.

import { Refused } from "./reading.js";
import { pinnedOf, requireSnapshot, roundOver, timeOf, validUntil } from "./snapshot.js";
import { MINUTE } from "./timestamps.js";
import { trustInForce } from "./trusted.js";

/** @typedef {import("./store.js").Kept} Kept */

const ADDRESS = "/verify/offline/snapshot";
const SERVER_TIME = "Passport-Server-Time";
const MAX_DIFFERENCE = 5 * MINUTE;

/** @param {number} one @param {number} other */
export const differ = (one, other) => Math.abs(one - other) > MAX_DIFFERENCE;

/** The phone's own clock, in microseconds. */
export const phoneTime = () => Date.now() * 1000;

/**
 * What there is after asking: the newer snapshot, the old one confirmed, or the old one with the reason why.
 * @param {Kept | null} kept @returns {Promise<{kept: Kept | null, problem: "failed" | "refused" | null}>}
 */
export async function update(kept) {
  /** @type {Response} */
  let response;
  /** @type {any} */
  let body = null;
  try {
    const headers = kept?.etag ? { "If-None-Match": kept.etag } : undefined;
    response = await fetch(ADDRESS, { headers, cache: "no-store", credentials: "omit" });
    if (response.status !== 304 && !response.ok) return { kept, problem: "failed" };
    if (response.status !== 304) body = await response.json();
  } catch {
    return { kept, problem: "failed" };
  }
  try {
    const heardAt = timeOf(response.headers.get(SERVER_TIME) ?? "");
    const heard = { heardAt, clockOff: differ(phoneTime(), heardAt) };
    if (body === null) return { kept: kept && { ...kept, ...heard, madeAt: heardAt }, problem: null };
    const taken = await take(body, kept, heardAt);
    return { kept: { ...taken, ...heard, etag: response.headers.get("ETag") }, problem: null };
  } catch (error) {
    if (error instanceof Refused) return { kept, problem: "refused" };
    throw error;
  }
}

/**
 * Judge a snapshot by the server's clock: the phone's may be wrong.
 * @param {any} body @param {Kept | null} kept @param {number} heardAt
 */
async function take(body, kept, heardAt) {
  const snapshot = requireSnapshot(body);
  const pinned = kept?.pinned ?? pinnedOf(snapshot);
  const trust = await trustInForce(await roundOver(snapshot, pinned, heardAt, kept?.seen ?? null));
  if (trust.list === null) throw new Refused("The snapshot's trust list does not hold.");
  return { snapshot, pinned, seen: trust.seen, madeAt: timeOf(snapshot.madeAt), validUntil: validUntil(snapshot) };
}
