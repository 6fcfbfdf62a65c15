// What one check rests on: the documents at hand, what was decided beforehand, and the moment.

import { isNewerThan } from "./entitled.js";
import { hexOf, sha256 } from "./keys.js";
import { bytesOf } from "./strict-json.js";
import { parseTimestamp } from "./timestamps.js";

/**
 * @typedef {{trustListUrl: string, trustRootUrl: string, anchor: import("./trusted.js").Anchor,
 *   refuseDemo: boolean, maxSkew: number}} Policy
 * @typedef {Record<string, {body: string, fetchedAt?: string}>} Documents
 */

export class Round {
  /**
   * @param {Documents} documents by URL @param {Policy} policy @param {number} now in microseconds
   * @param {import("./trusted.js").Seen | null} seen the newest root and list ever proven
   */
  constructor(documents, policy, now, seen) {
    this.documents = new Map(Object.entries(documents));
    this.policy = policy;
    this.now = now;
    this.seen = seen;
    /** @type {Map<string, Promise<any>>} */
    this.memo = new Map();
  }

  /**
   * What `compute` gives, computed once for `key`.
   * @template T @param {string} key @param {() => Promise<T>} compute @returns {Promise<T>}
   */
  memoised(key, compute) {
    const known = this.memo.get(key) ?? compute();
    this.memo.set(key, known);
    return known;
  }

  /** The text of a document, or null where it is not at hand. @param {string} url @returns {string | null} */
  fetched(url) {
    return this.documents.get(url)?.body ?? null;
  }

  /**
   * Whether a signature says it was made after a document at hand was known to be whole: when it was issued,
   * and when it was got. One that does not say when it was got is older than anything.
   * @param {string} url @param {number} created @param {number} [issuedAt]
   */
  isOlder(url, created, issuedAt = -Infinity) {
    const text = this.documents.get(url)?.fetchedAt;
    const gotAt = (typeof text === "string" ? parseTimestamp(text) : null) ?? -Infinity;
    return isNewerThan(created, Math.max(issuedAt, gotAt), this.now, this.policy.maxSkew);
  }

  /** SHA-256 (hex) of the exact bytes of a document at hand. @param {string} url */
  async digest(url) {
    return hexOf(await sha256(bytesOf(this.fetched(url) ?? "")));
  }
}
