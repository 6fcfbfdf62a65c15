// Verdicts in words: the JSON that POST /cards/verify answers with, made of the texts that the page brought.

import { formatTimestamp } from "./timestamps.js";

/**
 * @typedef {import("./verify.js").Verification} Verification
 * @typedef {{language: string, sentences: Record<string, string>, headlines: Record<string, any>,
 *   identityNotChecked: string, nextSteps: Record<string, string[]>, notice: string,
 *   titles: Record<string, Record<string, [string, string]>>}} Texts
 */

export const QUESTIONS = /** @type {const} */ (["authentic", "entitled", "inForce", "thisPersons"]);
const WITH_SINCE = ["revoked", "replaced", "suspended"];

/** @param {Verification} verification @param {number} now in microseconds @param {Texts} texts */
export function render(verification, now, texts) {
  const decision = decide(verification, texts);
  const { card, issuer } = verification;
  return {
    ...(card === null ? {} : { card: cardJson(card, texts) }),
    verified: decision.outcome === "accepted",
    decision,
    verdicts: Object.fromEntries(QUESTIONS.map((question) => [question, verdictJson(verification[question], now, texts)])),
    issuer: { id: issuer?.did ?? null, name: issuer === null ? null : inLanguage(issuer.name, texts.language) },
    checkedAt: formatTimestamp(now),
    notice: texts.notice,
    demo: verification.isDemo,
  };
}

/**
 * As vc/trust/decide.py: a no decides, then what could not be checked.
 * @param {Verification} verification @param {Texts} texts
 */
function decide(verification, texts) {
  const refused = QUESTIONS.filter((question) => verification[question].answer === "no");
  const open = QUESTIONS.slice(0, 3).filter((question) => verification[question].answer === "couldNotCheck");
  const outcome = refused.length > 0 ? "rejected" : open.length > 0 ? "undetermined" : "accepted";
  const deciding = (refused.length > 0 ? refused : open).map((question) => verification[question].reason);
  // What only follows from another verdict is no reason of its own.
  const own = deciding.filter((reason) => reason !== "notReached");
  const reasons = own.length > 0 ? own : deciding;
  const headline = refused.length > 0 ? headlineOf(refused[0], verification, texts) : texts.headlines[outcome];
  return {
    outcome,
    headline: outcome === "accepted" ? `${headline} (${texts.identityNotChecked})` : headline,
    reasons: reasons.map((reason) => ({ reason, sentence: texts.sentences[reason] })),
    identityChecked: false,
    nextSteps: [...new Set(reasons.flatMap((reason) => texts.nextSteps[reason] ?? []))],
  };
}

/**
 * @param {typeof QUESTIONS[number]} question @param {Verification} verification @param {Texts} texts
 * @returns {string}
 */
function headlineOf(question, verification, texts) {
  const said = texts.headlines[question];
  return said[verification[question].reason] ?? said[""];
}

/** @param {import("./verify.js").Force} verdict @param {number} now @param {Texts} texts */
function verdictJson({ answer, reason, since }, now, texts) {
  const said = { answer, reason, sentence: texts.sentences[reason], checkedAt: formatTimestamp(now) };
  return WITH_SINCE.includes(reason) ? { ...said, since: since ?? null } : said;
}

/** @param {import("./card-claims.js").Card} card @param {Texts} texts */
function cardJson(card, texts) {
  return {
    kind: card.kind,
    nameKhmer: card.nameKhmer,
    nameLatin: card.nameLatin,
    birthYear: card.birthYear,
    validUntil: formatTimestamp(card.expiresAt).slice(0, 10),
    facts: card.facts.map((fact) => ({
      type: fact.type,
      code: fact.code,
      title: titleOf(texts.titles[fact.type], fact.code),
      day: fact.day,
      partial: fact.isPart,
      ...(fact.level === null ? {} : { cqfLevel: fact.level }),
    })),
  };
}

/**
 * @param {Record<string, [string, string]> | undefined} titles @param {string} code @returns {Record<string, string>}
 */
function titleOf(titles, code) {
  const known = titles !== undefined && Object.keys(titles).includes(code) ? titles[code] : null;
  return known === null ? {} : { en: known[0], km: known[1] };
}

/** @param {Map<string, string>} names @param {string} language */
const inLanguage = (names, language) => names.get(language) || names.get("en") || ([...names.values()][0] ?? null);
