// XML Schema dateTime values, as microseconds since 1970: what vc/encoding/timestamps.py reads.

const TIMESTAMP =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,12}))?(Z|[+-][0-9]{2}:[0-9]{2})?$/;
const MAX_OFFSET_MINUTES = 14 * 60;

export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;

/** @param {string} text @param {boolean} withOffset @returns {number | null} null for what is no such time */
export function parseTimestamp(text, withOffset = true) {
  const match = TIMESTAMP.exec(text);
  if (match === null || match[0] !== text || (withOffset && match[8] === undefined)) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  if (year === 0 || hour > 23 || minute > 59 || second > 59) return null;
  const moment = new Date(0);
  moment.setUTCFullYear(year, month - 1, day);
  if (moment.getUTCMonth() !== month - 1 || moment.getUTCDate() !== day) return null;
  const distance = offsetMinutes(match[8]);
  if (distance === null) return null;
  moment.setUTCHours(hour, minute - distance, second);
  if (moment.getUTCFullYear() < 1 || moment.getUTCFullYear() > 9999) return null;
  return moment.getTime() * 1000 + Number((match[7] ?? "0").slice(0, 6).padEnd(6, "0"));
}

/** @param {string | undefined} text @returns {number | null} */
function offsetMinutes(text) {
  if (text === undefined || text === "Z") return 0;
  const minutes = Number(text.slice(4, 6));
  const distance = Number(text.slice(1, 3)) * 60 + minutes;
  if (minutes > 59 || distance > MAX_OFFSET_MINUTES) return null;
  return text[0] === "-" ? -distance : distance;
}

/** `YYYY-MM-DDTHH:MM:SSZ`; fractions of a second are cut. @param {number} time in microseconds */
export const formatTimestamp = (time) => `${new Date(Math.floor(time / SECOND) * 1000).toISOString().slice(0, 19)}Z`;
