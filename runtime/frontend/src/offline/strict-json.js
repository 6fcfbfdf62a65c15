// Strict JSON, as vc/encoding/strict_json.py: what two readers could take differently is refused.
// Stricter in one point: no list and no key document of ours has a number with a fraction.

import { visit } from "jsonc-parser";

import { isObject, Refused, require } from "./reading.js";

/** @typedef {{maxBytes: number, maxDepth: number, maxMembers: number}} Limits */

/** @type {Limits} */
const DEFAULT_LIMITS = { maxBytes: 1_000_000, maxDepth: 40, maxMembers: 50_000 };
const WHOLE = /^-?[0-9]{1,16}$/;
// With this flag a pair of surrogates is one character, so only lone ones are found.
const FORBIDDEN_CHARACTER = /[\0\uD800-\uDFFF]/u;

const utf8 = new TextEncoder();

/** @param {string} text */
export const bytesOf = (text) => utf8.encode(text);

/** @param {string} text @param {Limits} [limits] @returns {Record<string, any>} */
export function parseJsonObject(text, limits = DEFAULT_LIMITS) {
  require(bytesOf(text).length <= limits.maxBytes, "The document is too large.");
  let value;
  try {
    value = JSON.parse(text);
    visit(text, walker(text, limits));
  } catch (error) {
    throw error instanceof Refused ? error : new Refused("The document is not valid JSON.");
  }
  require(isObject(value), "The document is not a JSON object.");
  return value;
}

/**
 * Looks at what `JSON.parse` lets pass.
 * @param {string} text @param {Limits} limits @returns {import("jsonc-parser").JSONVisitor}
 */
function walker(text, limits) {
  /** The names of each open object; null for an array. @type {(Set<string> | null)[]} */
  const open = [];
  let members = 0;
  const count = () => require(++members <= limits.maxMembers, "The document has too many members.");
  const element = () => { if (open[open.length - 1] === null) count(); };
  /** @param {Set<string> | null} names */
  const enter = (names) => {
    element();
    require(open.push(names) <= limits.maxDepth, "The document is nested too deeply.");
  };
  return {
    onObjectBegin: () => enter(new Set()),
    onArrayBegin: () => enter(null),
    onObjectEnd: () => void open.pop(),
    onArrayEnd: () => void open.pop(),
    onObjectProperty: (name) => {
      const names = /** @type {Set<string>} */ (open[open.length - 1]);
      require(!names.has(name), "An object has two members with the same name.");
      require(!FORBIDDEN_CHARACTER.test(name), "A name has a character that is refused.");
      names.add(name);
      count();
    },
    onLiteralValue: (value, offset, length) => {
      element();
      if (typeof value === "string") require(!FORBIDDEN_CHARACTER.test(value), "A text has a character that is refused.");
      if (typeof value !== "number") return;
      const isExact = WHOLE.test(text.slice(offset, offset + length)) && Number.isSafeInteger(value);
      require(isExact, "A number has a fraction, or is outside the range that every reader holds exactly.");
    },
  };
}
