// What a person sees: filled into the templates that the page brought, so that no word stands here.

/**
 * @typedef {ReturnType<typeof import("./render.js").render>} Result
 * @typedef {import("./store.js").Kept} Kept
 */

/** @param {string} selector @param {ParentNode} [within] @returns {any} */
export const find = (selector, within = document) => {
  const found = within.querySelector(selector);
  if (found === null) throw new Error(`the page has no ${selector}`);
  return found;
};

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const SKEW = 5 * MINUTE_MS * 1000;
const language = document.documentElement.lang;
// English as people outside America write it: the day before the month.
const locale = language === "en" ? "en-GB" : language;

/** @param {string} name @param {boolean} isShown */
export function notice(name, isShown) {
  find(`[data-notice="${name}"]`).hidden = !isShown;
}

/** @param {HTMLElement} element @param {string} filling */
const say = (element, filling) => { element.textContent = (element.dataset.say ?? "{}").replace("{}", filling); };

/** @param {number} time in microseconds */
const moment = (time) => new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" }).format(time / 1000);

/** @param {string} iso a day, or a time of which the day is said */
const day = (iso) =>
  new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" }).format(new Date(`${iso.slice(0, 10)}T00:00:00Z`));

/** How old something is, in words. @param {number} milliseconds */
function age(milliseconds) {
  const [name, number] = milliseconds < MINUTE_MS ? ["now", 0]
    : milliseconds < 120 * MINUTE_MS ? ["minute", Math.floor(milliseconds / MINUTE_MS)]
    : milliseconds < 2 * DAY_MS ? ["hour", Math.floor(milliseconds / HOUR_MS)]
    : ["day", Math.floor(milliseconds / DAY_MS)];
  const forms = find(`[data-age="${name}"]`).dataset;
  return (forms[new Intl.PluralRules(locale).select(number)] ?? forms.other).replace("{}", String(number));
}

/** How the keys and lists stand at `now`. @param {Kept | null} kept @param {number} now in microseconds */
export function showHeld(kept, now) {
  find('[data-held="none"]').hidden = kept !== null;
  find('[data-held="some"]').hidden = kept === null;
  notice("old", kept !== null && kept.validUntil !== null && now >= kept.validUntil);
  // A clock that was set back since shows an hour that has passed already.
  notice("clock", kept !== null && (kept.clockOff || now < kept.heardAt - SKEW));
  if (kept === null) return;
  find("#held-age").textContent = age(Math.max(0, now - kept.madeAt) / 1000);
  const until = find("#held-until");
  until.hidden = kept.validUntil === null;
  if (kept.validUntil !== null) say(until, moment(kept.validUntil));
}

export const clearResult = () => find("#result").replaceChildren();

/** @param {Result} result @param {import("./render.js").Texts} texts @param {number} now in microseconds */
export function showResult(result, texts, now) {
  const place = find("#result");
  const parts = /** @type {DocumentFragment} */ (find("#parts").content.cloneNode(true));
  /** @param {string} name @returns {HTMLElement} */
  const part = (name) => find(`[data-part="${name}"]`, parts);
  const { decision, verdicts } = result;
  place.replaceChildren(banner(result, texts, now));
  if (decision.outcome !== "accepted") {
    find("ul", part("steps")).prepend(...decision.nextSteps.map(item));
    place.append(part("steps"));
  }
  if (result.card !== undefined) place.append(fillCard(part("card"), result));
  find(".verdict-cards", part("verdicts")).append(...Object.entries(verdicts).map(verdictCard));
  const limits = part("notice");
  find(".notice-body p", limits).textContent = result.notice;
  place.append(part("verdicts"), limits);
  place.focus();
}

/** @param {string} text */
function item(text) {
  const element = document.createElement("li");
  element.textContent = text;
  return element;
}

/** @param {Result} result @param {import("./render.js").Texts} texts @param {number} now */
function banner({ decision }, texts, now) {
  const element = find(`template[data-banner="${decision.outcome}"]`).content.cloneNode(true);
  // Beside "accepted" stands what was not checked, in its own frame.
  find(".verdict-headline", element).prepend(decision.outcome === "accepted" ? texts.headlines.accepted : decision.headline);
  find(".verdict-reasons", element).replaceChildren(...decision.reasons.map(({ sentence }) => item(sentence)));
  say(find(".verdict-checked", element), moment(now));
  return element;
}

/** @param {[string, any]} entry */
function verdictCard([question, verdict]) {
  const template = find(`template[data-question="${question}"][data-answer="${verdict.answer}"]`);
  const element = template.content.cloneNode(true);
  find(".answer", element).textContent = verdict.sentence;
  const detail = find(".detail", element);
  const words = find("#words").dataset;
  detail.hidden = !("since" in verdict);
  detail.textContent = verdict.since ? words.since.replace("{}", day(verdict.since)) : words.sinceNotKnown;
  return element;
}

/** @param {HTMLElement} element @param {Result} result */
function fillCard(element, { card, issuer }) {
  if (card === undefined) return element;
  const words = find("#words").dataset;
  const said = [`${card.nameKhmer} / ${card.nameLatin}`, card.birthYear, issuer.name ?? words.notListed, day(card.validUntil)];
  element.querySelectorAll("dd").forEach((place, at) => { place.textContent = String(said[at]); });
  const row = find("tbody tr", element);
  row.replaceWith(...card.facts.map((fact) => {
    const filled = row.cloneNode(true);
    const titles = [fact.title.km, fact.title.en ?? fact.code].filter(Boolean).join(" / ");
    const cells = [titles, fact.partial ? words.inPart : fact.cqfLevel ?? "", day(fact.day)];
    filled.querySelectorAll("td").forEach((/** @type {HTMLElement} */ place, /** @type {number} */ at) => {
      place.textContent = String(cells[at]);
    });
    return filled;
  }));
  return element;
}
