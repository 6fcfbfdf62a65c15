// Documents of did:web identifiers, as vc/did/documents.py reads them; and did:key, which is its own document.
// An identifier of another method names keys that cannot be had here.

import { fromJwk, fromMultikey, hasPrivatePart, isForSignatures, UnknownKey } from "./keys.js";
import { has, isObject, Refused, require, requireTime } from "./reading.js";
import { parseJsonObject } from "./strict-json.js";

/**
 * @typedef {{id: string, controller: string, key: import("./keys.js").PublicKey, ends: number[]}} Method
 * @typedef {{id: string, methods: Method[], relations: Map<string, Set<string>>}} KeyDocument
 */

const LIMITS = { maxBytes: 200_000, maxDepth: 20, maxMembers: 5_000 };
const MAX_METHODS = 200;
const MAX_MULTIKEY = 150;
const MAX_LETTERS = 1_000;
const RELATIONS = ["assertionMethod", "authentication", "capabilityDelegation", "capabilityInvocation", "keyAgreement"];
const PUBLIC_MATERIAL = ["publicKeyBase58", "publicKeyJwk", "publicKeyMultibase"];
const PRIVATE_MATERIAL = ["privateKeyBase58", "privateKeyJwk", "privateKeyMultibase", "secretKeyJwk", "secretKeyMultibase"];
const DID = "did:[a-z0-9]+:(?:[A-Za-z0-9._:-]|%[0-9A-Fa-f]{2})*(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})";
const LETTER = "[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2}";
const DID_ALONE = new RegExp(`^${DID}$`);
const DID_URL = new RegExp(`^(${DID})((?:/(?:${LETTER})*)*)(\\?(?:${LETTER}|[/?])*)?(#(?:${LETTER}|[/?])*)?$`);
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$/;
const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const HOST = new RegExp(`^(?:${LABEL}\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$`);
const SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** @param {string} text */
const isDid = (text) => text.length <= MAX_LETTERS && DID_ALONE.test(text);

/** The DID before the fragment of a verification method, or null. @param {string} method */
export function didOf(method) {
  const match = method.length <= MAX_LETTERS ? DID_URL.exec(method) : null;
  const isMethod = match !== null && match[2] === "" && match[3] === undefined && (match[4] ?? "").length > 1;
  return isMethod ? match[1] : null;
}

/**
 * Where the document of a did:web is. Raises `Refused` for any other identifier.
 * @param {string} did @returns {string}
 */
export function documentUrl(did) {
  const [method, name, host, ...segments] = did.split(":");
  require(method === "did" && name === "web" && host !== undefined && did.length <= 500, "Not a did:web.");
  require(host.length <= 253 && HOST.test(host), "The did:web does not name a host that is accepted.");
  require(segments.every((segment) => SEGMENT.test(segment)), "The did:web has a path that is not accepted.");
  return `https://${host}/${segments.length > 0 ? segments.join("/") : ".well-known"}/did.json`;
}

/** @param {string} did */
export const isKeyItself = (did) => did.startsWith("did:key:") || did.startsWith("did:jwk:");

/** The document that a did:key is. @param {string} did @returns {Promise<KeyDocument>} */
export async function documentOfKey(did) {
  require(did.startsWith("did:key:"), "The identifier uses a DID method that is not supported.");
  const key = await fromMultikey(did.slice("did:key:".length));
  const id = `did:key:${key.multikey}#${key.multikey}`;
  const relations = new Map(RELATIONS.slice(0, 4).map((name) => [name, new Set([id])]));
  return { id: did, methods: [{ id, controller: did, key, ends: [] }], relations };
}

/** @param {KeyDocument} document @param {string} id @param {string} purpose @returns {Method | null} */
export function findMethod(document, id, purpose) {
  if (id.split("#")[0] !== document.id || !document.relations.get(purpose)?.has(id)) return null;
  return document.methods.find((method) => method.id === id && method.controller === document.id) ?? null;
}

/** Whether a proof made at `moment` may use this key. @param {Method} method @param {number} moment */
export const isUsableAt = (method, moment) => method.ends.every((end) => moment < end);

/** Read the document of `did`. @param {string} did @param {string} text @returns {Promise<KeyDocument>} */
export async function parseDocument(did, text) {
  const document = parseJsonObject(text, LIMITS);
  require(document.id === did, "The document is that of another identifier.");
  /** @type {Map<string, Method | null>} */
  const methods = new Map();
  /** @type {Map<string, Set<string>>} */
  const relations = new Map();
  const add = async (/** @type {any} */ entry) => {
    require(isObject(entry), "A verification method is not an object.");
    const id = absolute(did, entry.id);
    require(!methods.has(id) && methods.size < MAX_METHODS, "Too many verification methods, or two with one id.");
    methods.set(id, null);
    methods.set(id, await parseMethod(id, entry));
    return id;
  };
  for (const entry of listIn(document, "verificationMethod")) await add(entry);
  for (const name of RELATIONS) {
    const named = new Set();
    for (const entry of listIn(document, name)) named.add(isObject(entry) ? await add(entry) : absolute(did, entry));
    relations.set(name, named);
  }
  checkRest(did, document);
  return { id: did, methods: /** @type {Method[]} */ ([...methods.values()].filter(Boolean)), relations };
}

/** @param {string} did @param {any} reference @returns {string} */
function absolute(did, reference) {
  const text = textOf(reference);
  const id = /^[#/?]/.test(text) ? did + text : text;
  require(id.length <= MAX_LETTERS && DID_URL.test(id), "A value is not a DID URL.");
  return id;
}

/** @param {string} id @param {Record<string, any>} entry @returns {Promise<Method | null>} */
async function parseMethod(id, entry) {
  const controller = textOf(entry.controller);
  require(isDid(controller), "The controller of a key is not a DID.");
  textOf(entry.type);
  const ends = ["expires", "revoked"].filter((name) => has(entry, name)).map((name) => requireTime(textOf(entry[name])));
  checkMaterial(entry);
  try {
    const key = await parseKey(entry);
    return key === null ? null : { id, controller, key, ends };
  } catch (error) {
    // A document may publish keys for others beside those meant for us.
    if (error instanceof UnknownKey) return null;
    throw error;
  }
}

/** @param {Record<string, any>} entry */
function checkMaterial(entry) {
  require(PRIVATE_MATERIAL.every((name) => !has(entry, name)), "A published key contains its private part.");
  require(PUBLIC_MATERIAL.filter((name) => has(entry, name)).length <= 1, "A key is given in more than one spelling.");
  if (!has(entry, "publicKeyJwk")) return;
  require(isObject(entry.publicKeyJwk), "A JWK is not an object.");
  require(!hasPrivatePart(entry.publicKeyJwk), "A published key contains its private part.");
}

/** The key, or null where it is of a kind or for a use that is not ours. @param {Record<string, any>} entry */
async function parseKey(entry) {
  if (["Multikey", "Ed25519VerificationKey2020"].includes(entry.type) && has(entry, "publicKeyMultibase")) {
    const text = textOf(entry.publicKeyMultibase);
    if (Array.from(text).length > MAX_MULTIKEY) return null;
    const key = await fromMultikey(text);
    require(entry.type === "Multikey" || key.kind.type === "Ed25519", "A key is not of the kind its type names.");
    return key;
  }
  if (["JsonWebKey", "JsonWebKey2020"].includes(entry.type) && has(entry, "publicKeyJwk")) {
    const key = await fromJwk(entry.publicKeyJwk);
    return isForSignatures(entry.publicKeyJwk, key) ? key : null;
  }
  return null;
}

/**
 * What is not used here, but makes a document wrong as a whole.
 * @param {string} did @param {Record<string, any>} document
 */
function checkRest(did, document) {
  const seen = new Set();
  for (const service of listIn(document, "service")) checkService(did, service, seen);
  for (const entry of listIn(document, "alsoKnownAs")) require(URI.test(textOf(entry)), "Not a URI.");
  const controllers = has(document, "controller") ? document.controller : [];
  for (const entry of Array.isArray(controllers) ? controllers : [controllers]) require(URI.test(textOf(entry)), "Not a URI.");
}

/** @param {string} did @param {any} service @param {Set<string>} seen */
function checkService(did, service, seen) {
  require(isObject(service), "A service is not an object.");
  if (has(service, "id")) {
    const id = typeof service.id === "string" && /^[#/?]/.test(service.id) ? did + service.id : service.id;
    require(typeof id === "string" && URI.test(id) && !seen.has(id), "The id of a service is not a URL of its own.");
    seen.add(id);
  }
  const types = Array.isArray(service.type) ? service.type : [service.type];
  const points = Array.isArray(service.serviceEndpoint) ? service.serviceEndpoint : [service.serviceEndpoint];
  require(types.length > 0 && types.every((name) => typeof name === "string" && name !== ""), "A service has no type.");
  const isPoint = (/** @type {any} */ point) => isObject(point) || (typeof point === "string" && URI.test(point));
  require(points.length > 0 && points.every(isPoint), "An endpoint of a service is neither a URL nor an object.");
}

/** @param {Record<string, any>} document @param {string} name @returns {any[]} */
function listIn(document, name) {
  const value = has(document, name) ? document[name] : [];
  if (!Array.isArray(value)) throw new Refused("A member of the document is not an array.");
  return value;
}

/** @param {any} value @returns {string} */
function textOf(value) {
  require(typeof value === "string" && value !== "", "A member of the document is not a text.");
  return value;
}
