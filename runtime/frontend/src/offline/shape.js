// The shape that VC Data Model 2.0 gives a credential, as far as lists and roots of ours can break it:
// vc/model/credential.py. Names, descriptions, related resources and language tags are not looked at.

import canonicalize from "canonicalize";

import { asList, has, isObject, requireTime } from "./reading.js";

/** @typedef {Record<string, any>} JsonObject */

const CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2";
const UNDEFINED_TERMS_V2 = "https://www.w3.org/ns/credentials/undefined-terms/v2";
const URL = /^(?!https?:(?!\/\/[^/?#]))[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20\x7f-\x9f<>"{}|\\^`]+$/i;
const TERM = /^[^\s:@\x00-\x1f\x7f][^\s:\x00-\x1f\x7f]*$/;
const TYPED_MEMBERS = ["credentialStatus", "credentialSchema", "refreshService", "termsOfUse", "evidence",
  "confidenceMethod", "renderMethod"];
// Members whose value is JSON and not linked data, by the context that says so.
/** @type {Record<string, string[]>} */
const LITERALS = {
  [CREDENTIALS_V2]: ["jsonSchema", "_sd"],
  "https://skills-passport.example/contexts/passport/v1": ["issuers", "statusNote"],
};

/** @param {any} value */
export const isUrl = (value) => typeof value === "string" && URL.test(value);

/** @param {JsonObject} document @returns {Set<string>} */
export const typesOf = (document) => new Set(asList(document.type).filter((item) => typeof item === "string"));

/** @param {JsonObject} document @returns {string | null} */
export function issuerOf(document) {
  const issuer = isObject(document.issuer) ? document.issuer.id : document.issuer;
  return typeof issuer === "string" ? issuer : null;
}

/** Whether a document has the shape of a credential. @param {JsonObject} document */
export function isCredential(document) {
  return hasContexts(document["@context"])
    && asList(document.type).includes("VerifiableCredential")
    && (isObject(document.issuer) ? has(document.issuer, "id") : isUrl(document.issuer))
    && hasSubjects(document) && hasValidity(document)
    && TYPED_MEMBERS.every((member) => !has(document, member) || areTyped(document[member], member === "credentialSchema"))
    && (!has(document, "proof") || isEmpty(document.proof) || areTyped(document.proof, false))
    && areNodes(document, literalsOf(document));
}

/** @param {any} context */
function hasContexts(context) {
  if (!Array.isArray(context) || context[0] !== CREDENTIALS_V2) return false;
  const spellings = new Set(context.map((item) => canonicalize(item)));
  return context.every((item) => isObject(item) || isUrl(item)) && spellings.size === context.length
    && !context.slice(0, -1).includes(UNDEFINED_TERMS_V2);
}

/** @param {JsonObject} document */
function hasSubjects(document) {
  const subjects = Array.isArray(document.credentialSubject) ? document.credentialSubject : [document.credentialSubject];
  return subjects.length > 0 && subjects.every((item) => isObject(item) && Object.keys(item).length > 0);
}

/** @param {JsonObject} document */
function hasValidity(document) {
  try {
    const [from, until] = ["validFrom", "validUntil"].map((name) => has(document, name) ? requireTime(document[name]) : null);
    return from === null || until === null || until >= from;
  } catch {
    return false;
  }
}

/** @param {any} value */
const isEmpty = (value) => Array.isArray(value) && value.length === 0;

/** @param {any} value @param {boolean} withId */
function areTyped(value, withId) {
  const items = Array.isArray(value) ? value : [value];
  return items.length > 0 && items.every((item) => isObject(item) && has(item, "type") && (!withId || has(item, "id")));
}

/** @param {JsonObject} document @returns {Set<string>} */
function literalsOf(document) {
  const contexts = asList(document["@context"]);
  return new Set(["@context", "@value", ...contexts.flatMap((context) =>
    (typeof context === "string" && has(LITERALS, context) ? LITERALS[context] : []))]);
}

/**
 * What is demanded of every object, wherever it stands.
 * @param {any} value @param {Set<string>} apart @returns {boolean}
 */
function areNodes(value, apart) {
  if (Array.isArray(value)) return value.every((item) => areNodes(item, apart));
  if (!isObject(value)) return true;
  return isNode(value) && Object.keys(value).every((name) => apart.has(name) || areNodes(value[name], apart));
}

/** @param {JsonObject} node */
function isNode(node) {
  const types = Array.isArray(node.type) ? node.type : [node.type];
  const isTyped = !has(node, "type") || (types.length > 0
    && types.every((/** @type {any} */ item) => typeof item === "string" && (TERM.test(item) || isUrl(item))));
  return isTyped && (!has(node, "id") || isUrl(node.id)) && !has(node, "@id") && !has(node, "@graph")
    && (!has(node, "@type") || has(node, "@value"));
}
