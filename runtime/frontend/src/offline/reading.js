// Reading members of parsed JSON: the value as it must be, or `Refused`. As vc/trust/reading.py.

import { parseTimestamp } from "./timestamps.js";

/** What is not as it must be, where `vc.errors.ProtocolError` would be raised. */
export class Refused extends Error {}

/** @typedef {Record<string, any>} JsonObject */

/** @param {any} value @returns {value is JsonObject} */
export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Whether `object` has `name` itself: no member is ever taken from a prototype.
 * @param {object} object @param {string} name
 */
export const has = (object, name) => Object.prototype.hasOwnProperty.call(object, name);

/** JSON-LD's "one or many". @param {any} value @returns {any[]} */
export function asList(value) {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** @param {boolean} holds @param {string} detail @returns {asserts holds} */
export function require(holds, detail) {
  if (!holds) throw new Refused(detail);
}

/** @param {any} value @returns {JsonObject} */
export function requireObject(value) {
  require(isObject(value), "An object is expected here.");
  return value;
}

/** @param {any} value @returns {any[]} */
export function requireList(value) {
  require(Array.isArray(value), "An array is expected here.");
  return value;
}

/** @param {any} value @returns {string} */
export function requireText(value) {
  require(typeof value === "string" && value !== "", "A text is expected here.");
  return value;
}

/** @param {any} value @returns {string | null} */
export const textOrNull = (value) => value === null || value === undefined ? null : requireText(value);

/** @param {any} value @returns {Set<string>} */
export const requireTexts = (value) => new Set(requireList(value).map(requireText));

/** A map from language to name. @param {any} value @returns {Map<string, string>} */
export const requireNames = (value) =>
  new Map(Object.entries(requireObject(value)).map(([language, text]) => [language, requireText(text)]));

/** @param {any} value @param {number} least @param {number} [most] @returns {number} */
export function requireWhole(value, least, most = Infinity) {
  require(Number.isInteger(value) && least <= value && value <= most, "A whole number within bounds is expected here.");
  return value;
}

/** @param {any} value @returns {Set<number>} */
export function requireWholes(value) {
  require(requireList(value).every((item) => Number.isInteger(item)), "Whole numbers are expected here.");
  return new Set(value);
}

/** @param {any} value @returns {boolean} */
export function requireFlag(value) {
  require(typeof value === "boolean", "True or false is expected here.");
  return value;
}

/** An instant in microseconds since 1970. @param {any} value @param {boolean} [withOffset] @returns {number} */
export function requireTime(value, withOffset = true) {
  const time = typeof value === "string" ? parseTimestamp(value, withOffset) : null;
  if (time === null) throw new Refused("A date and time is expected here.");
  return time;
}

/** @param {any} value @returns {number | null} */
export const timeOrNull = (value) => value === null || value === undefined ? null : requireTime(value);

/**
 * Every object of an array, parsed in order; an absent member is an empty array.
 * @template T @param {any} value @param {(entry: JsonObject) => T} parse @returns {T[]}
 */
export const requireEach = (value, parse) => requireList(value ?? []).map((entry) => parse(requireObject(entry)));

/**
 * Whether `moment` lies in [start, until); null is no end.
 * @param {number} moment @param {number} start @param {number | null} until
 */
export const isWithin = (moment, start, until) => start <= moment && (until === null || moment < until);
