// Public keys, their spellings and their signatures: what vc/crypto/keys.py is for the server.
// Ed25519 is the browser's own where it has it; other kinds, and older browsers, load a library once.

import { base58, base64urlnopad } from "@scure/base";

import { bytesOf } from "./strict-json.js";
import { has, Refused, require } from "./reading.js";

/**
 * @typedef {{type: string, codec: number[], keyBytes: number, signatureBytes: number, algorithm: string}} Kind
 * @typedef {{kind: Kind, raw: Uint8Array, multikey: string}} PublicKey
 */

/** @type {Kind[]} */
const KINDS = [
  { type: "Ed25519", codec: [0xed, 0x01], keyBytes: 32, signatureBytes: 64, algorithm: "EdDSA" },
  { type: "P-256", codec: [0x80, 0x24], keyBytes: 33, signatureBytes: 64, algorithm: "ES256" },
  { type: "P-384", codec: [0x81, 0x24], keyBytes: 49, signatureBytes: 96, algorithm: "ES384" },
  { type: "P-521", codec: [0x82, 0x24], keyBytes: 67, signatureBytes: 132, algorithm: "ES512" },
];
const MAX_MULTIKEY_BYTES = 150;
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

/** A key of a kind that is not known here: not wrong, and of no use. */
export class UnknownKey extends Refused {}

/** @param {Uint8Array} data @returns {Promise<Uint8Array>} */
export const sha256 = async (data) => new Uint8Array(await crypto.subtle.digest("SHA-256", data));

/** @param {Uint8Array} data */
export const hexOf = (data) => Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** @param {Uint8Array} one @param {Uint8Array} other */
export const sameBytes = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);

/** @param {string} text @param {number} maxBytes */
export function fromBase58(text, maxBytes) {
  require(text[0] === "z" && text.length - 1 <= Math.floor(maxBytes * 1.366) + 1, "A value is not base58, or too long.");
  return decoded(() => base58.decode(text.slice(1)), maxBytes);
}

/** @param {string} text @param {number} maxBytes */
export function fromBase64url(text, maxBytes) {
  require(text.length <= Math.floor((maxBytes * 4 + 2) / 3), "A base64url value is too long.");
  return decoded(() => base64urlnopad.decode(text), maxBytes);
}

/** @param {() => Uint8Array} decode @param {number} maxBytes */
function decoded(decode, maxBytes) {
  let data;
  try {
    data = decode();
  } catch {
    throw new Refused("A value is not in its encoding.");
  }
  require(data.length <= maxBytes, "A value is too long.");
  return data;
}

/** Read a `publicKeyMultibase` value. @param {string} text @returns {Promise<PublicKey>} */
export async function fromMultikey(text) {
  const data = fromBase58(text, MAX_MULTIKEY_BYTES);
  const kind = KINDS.find(({ codec }) => data[0] === codec[0] && data[1] === codec[1]);
  if (kind === undefined) throw new UnknownKey("A public key is of a kind that is not supported.");
  return keyOf(kind, data.slice(2));
}

/** Read a public JWK. @param {Record<string, any>} jwk @returns {Promise<PublicKey>} */
export async function fromJwk(jwk) {
  const wanted = (/** @type {Kind} */ kind) => jwk.crv === kind.type && jwk.kty === (kind.type === "Ed25519" ? "OKP" : "EC");
  const kind = KINDS.find(wanted);
  if (kind === undefined) throw new UnknownKey("A public key is of a kind that is not supported.");
  const names = kind.type === "Ed25519" ? ["x"] : ["x", "y"];
  require(names.every((name) => typeof jwk[name] === "string"), "A public key lacks a coordinate.");
  const parts = names.map((name) => fromBase64url(jwk[name], kind.keyBytes));
  if (names.length === 1) return keyOf(kind, parts[0]);
  require(parts.every((part) => part.length === kind.keyBytes - 1), "A coordinate has the wrong length.");
  return keyOf(kind, (await pointOf(kind, Uint8Array.of(4, ...parts[0], ...parts[1]))).toBytes(true));
}

/** @param {Record<string, any>} jwk */
export const hasPrivatePart = (jwk) => PRIVATE_MEMBERS.some((name) => has(jwk, name));

/** Whether a JWK may verify signatures. @param {Record<string, any>} jwk @param {PublicKey} key */
export function isForSignatures(jwk, key) {
  const operations = has(jwk, "key_ops") ? jwk.key_ops : ["verify"];
  return (!has(jwk, "use") || jwk.use === "sig") && Array.isArray(operations) && operations.includes("verify")
    && (!has(jwk, "alg") || [key.kind.algorithm, key.kind.type].includes(jwk.alg));
}

/** @param {Kind} kind @param {Uint8Array} raw @returns {Promise<PublicKey>} */
async function keyOf(kind, raw) {
  require(raw.length === kind.keyBytes, "A public key has the wrong length.");
  if (kind.type !== "Ed25519") {
    require(raw[0] === 2 || raw[0] === 3, "A public key is not a compressed point.");
    await pointOf(kind, raw);
  }
  return { kind, raw, multikey: `z${base58.encode(Uint8Array.of(...kind.codec, ...raw))}` };
}

/** Whether this is the one spelling of an Ed25519 key. @param {string} text */
export async function isRootKey(text) {
  try {
    const key = await fromMultikey(text);
    return key.kind.type === "Ed25519" && key.multikey === text;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

/**
 * Whether `signature` over `data` was made with `key`.
 * @param {PublicKey} key @param {Uint8Array} signature @param {Uint8Array} data
 */
export async function verify(key, signature, data) {
  if (signature.length !== key.kind.signatureBytes) return false;
  if (key.kind.type === "Ed25519") return verifyEd25519(key.raw, signature, data);
  const curve = await curveOf(key.kind);
  return curve.verify(signature, data, key.raw, { lowS: false });
}

/** @param {Uint8Array} raw @param {Uint8Array} signature @param {Uint8Array} data */
async function verifyEd25519(raw, signature, data) {
  if (await hasEd25519()) {
    // Some browsers look at the point already here.
    const key = await crypto.subtle.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"]).catch(() => null);
    return key !== null && crypto.subtle.verify({ name: "Ed25519" }, key, signature, data);
  }
  const { ed25519 } = await import("@noble/curves/ed25519.js");
  // The rules of RFC 8032 alone, which leave less room than those of ZIP 215.
  return ed25519.verify(signature, data, raw, { zip215: false });
}

/** @type {Promise<boolean> | undefined} */
let nativeEd25519;

/** Whether the browser verifies Ed25519 itself; asked once. */
function hasEd25519() {
  // The base point, a key like any other.
  const anyKey = new Uint8Array(32).fill(0x66).fill(0x58, 0, 1);
  nativeEd25519 ??= Promise.resolve()
    .then(() => crypto.subtle.importKey("raw", anyKey, { name: "Ed25519" }, false, ["verify"]))
    .then(() => true, () => false);
  return nativeEd25519;
}

/** @param {Kind} kind */
async function curveOf(kind) {
  const { p256, p384, p521 } = await import("@noble/curves/nist.js");
  return kind.type === "P-256" ? p256 : kind.type === "P-384" ? p384 : p521;
}

/** @param {Kind} kind @param {Uint8Array} bytes */
async function pointOf(kind, bytes) {
  const curve = await curveOf(kind);
  try {
    return curve.Point.fromBytes(bytes);
  } catch {
    throw new Refused("A public key is not a point of its curve.");
  }
}

/** How a card names the key it was signed with. @param {string} multikey */
export const keyName = async (multikey) => (await sha256(bytesOf(multikey))).slice(0, 8);
